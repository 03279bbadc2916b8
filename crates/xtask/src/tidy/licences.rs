//! Every dependency is under a licence that Apache-2.0 software can carry. deny.toml says the same to cargo-deny; this
//! check needs nothing but cargo, so it always runs.

use super::Finding;
use super::metadata::Package;

/// Licences (SPDX identifiers) any dependency may have. Keep in step with deny.toml.
pub(super) const ALLOWED: [&str; 10] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Unicode-3.0",
    "Zlib",
    "Unlicense",
];

/// Single crates under a licence that is as permissive but rare enough to be looked at each time.
pub(super) const EXCEPTIONS: [(&str, &str); 2] = [("xxhash-rust", "BSL-1.0"), ("varint-rs", "0BSD")];

pub(super) fn check(packages: &[Package]) -> Vec<Finding> {
    packages.iter().filter_map(check_package).collect()
}

fn check_package(package: &Package) -> Option<Finding> {
    let named = format!("dependency {} {}", package.name, package.version);
    let what = match package.license.as_deref() {
        None => format!("{named} states no licence; replace it"),
        Some(expression) => match permits(expression, &package.name) {
            Some(true) => return None,
            Some(false) => format!("{named} is under `{expression}`, which is not on the list; replace it"),
            None => format!("{named} states `{expression}`, which is no SPDX expression; replace it"),
        },
    };
    Some(Finding::new("Cargo.lock", 0, what))
}

/// Whether a package may be used under this SPDX expression; `None` when it cannot be read.
pub(super) fn permits(expression: &str, package: &str) -> Option<bool> {
    // Before SPDX expressions cargo knew `MIT/Apache-2.0`.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { tokens: &tokens, at: 0, package };
    let verdict = reader.either()?;
    (reader.at == tokens.len()).then_some(verdict)
}

/// Recursive descent: OR binds weaker than AND, WITH strongest.
struct Reader<'a> {
    tokens: &'a [&'a str],
    at: usize,
    package: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, token: &str) -> bool {
        let found = self.tokens.get(self.at) == Some(&token);
        self.at += usize::from(found);
        found
    }

    fn next(&mut self) -> Option<&'a str> {
        let token = self.tokens.get(self.at).copied();
        self.at += 1;
        token
    }

    fn either(&mut self) -> Option<bool> {
        let mut verdict = self.both()?;
        while self.take("OR") {
            verdict |= self.both()?;
        }
        Some(verdict)
    }

    fn both(&mut self) -> Option<bool> {
        let mut verdict = self.one()?;
        while self.take("AND") {
            verdict &= self.one()?;
        }
        Some(verdict)
    }

    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let verdict = self.either()?;
            return self.take(")").then_some(verdict);
        }
        let mut licence = self.next().filter(|word| !["OR", "AND", "WITH", ")"].contains(word))?.to_owned();
        if self.take("WITH") {
            licence = format!("{licence} WITH {}", self.next()?);
        }
        let excepted = EXCEPTIONS.contains(&(self.package, licence.as_str()));
        Some(excepted || ALLOWED.contains(&licence.as_str()))
    }
}
