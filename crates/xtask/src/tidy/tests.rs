use super::documents::{decision_records, fuzz_targets, readme};
use super::edges::{Allowed, EDGES};
use super::metadata::{Dependency, Package};
use super::*;
use crate::repository::File;

/// The rules hold in this very checkout.
#[test]
fn repository_is_tidy() {
    let repository = Repository::open().expect("the checkout is readable");
    let found = shown(findings(&repository).expect("cargo answers"));
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

fn package(folder: &str, edges: &[(&str, Option<&str>)]) -> Package {
    let dependencies = edges
        .iter()
        .map(|(name, kind)| Dependency {
            name: format!("larder-{name}"),
            kind: kind.map(str::to_owned),
            path: Some(format!("crates/{name}")),
        })
        .collect();
    let manifest_path = format!("/x/crates/{folder}/Cargo.toml");
    Package { name: format!("larder-{folder}"), manifest_path, dependencies, ..Package::default() }
}

fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}

fn repository(files: Vec<File>) -> Repository {
    Repository { root: "x".into(), files }
}

fn shown(findings: Vec<Finding>) -> Vec<String> {
    findings.iter().map(Finding::to_string).collect()
}

const SMALL: [Allowed; 2] = [
    Allowed { krate: "store", uses: &["types"], tests_use: &["env"] },
    Allowed { krate: "types", uses: &[], tests_use: &[] },
];

#[test]
fn layering_accepts_what_is_listed() {
    let workspace = [package("types", &[]), package("store", &[("types", None), ("env", Some("dev"))])];
    assert_eq!(layering::check_against(&workspace, &SMALL), []);
}

#[test]
fn layering_refuses_upward_unlisted_and_test_only_edges() {
    let store = package("store", &[("types", None), ("env", None), ("env", Some("dev"))]);
    let workspace = [package("types", &[("store", None)]), store, package("rogue", &[])];
    let found = shown(layering::check_against(&workspace, &SMALL));
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].starts_with("crates/types/Cargo.toml: dependency types -> store is not"), "{found:?}");
    assert!(found[1].contains("dependency store -> env"), "{found:?}");
    assert!(found[2].contains("crate `rogue` has no place"), "{found:?}");
}

#[test]
fn layering_refuses_a_listed_crate_that_is_gone() {
    let found = shown(layering::check_against(&[package("types", &[])], &SMALL));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("`store` is listed but is no crate"), "{found:?}");
}

#[test]
fn layering_refuses_allowances_that_nothing_needs() {
    let edges = [Allowed { krate: "store", uses: &["types", "env", "types"], tests_use: &["wire", "types"] }];
    let workspace = [package("store", &[("types", None), ("env", Some("dev"))])];
    let found = shown(layering::check_against(&workspace, &edges)).join("\n");
    assert_eq!(found.matches("is allowed `types` twice").count(), 2, "{found}");
    assert!(found.contains("`store` does not need `env` of its `uses`"), "{found}");
    assert!(found.contains("`store` does not need `wire` of its `tests_use`"), "{found}");
    assert_eq!(found.lines().count(), 4, "{found}");
}

/// The list reads from the ground up, so it cannot hold a circle.
#[test]
fn edges_point_to_crates_listed_before() {
    for (index, allowed) in EDGES.iter().enumerate() {
        for target in allowed.uses {
            assert!(EDGES[..index].iter().any(|below| below.krate == *target), "{} -> {target}", allowed.krate);
        }
    }
}

#[test]
fn vague_names_are_refused() {
    let files = vec![
        file("crates/a/src/common/mod.rs", "//! x"),
        file("crates/a/src/lib.rs", "//! mod utils;\nmod helpers;\nmod good;\nlet s = \"mod manager;\";"),
    ];
    let found = shown(names::check(&repository(files), &[]));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("crates/a/src/common/mod.rs: no module is called `common`"));
    assert!(found[1].starts_with("crates/a/src/lib.rs:2: no module is called `helpers`"));
}

#[test]
fn comments_and_literals_are_not_code() {
    let cases = [
        ("a // b\nc", "a     \nc"),
        ("a /* b /* c */ d */ e", "a                   e"),
        ("f(\"x\\\"y\", 'z', '\\'', '\\n')", "f(      ,    ,     ,     )"),
        ("r#\"a\"b\"# c", "         c"),
        ("br\"a\\\" c", "b      c"),
        ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
        ("let r#type = for_r;", "let r#type = for_r;"),
        ("\"open", "     "),
    ];
    for (text, expected) in cases {
        assert_eq!(source::code_only(text), expected, "{text}");
    }
}

#[test]
fn functions_are_measured_in_lines_of_code() {
    let text = "impl X {\n    fn a(x: [u8; 2]) -> u8 {\n\n        // why\n        if x { 1 } else { 2 }\n    }\n    fn b();\n}\n";
    let spans = source::functions(&source::code_only(text));
    assert_eq!(spans, [source::Span { name: "a".to_owned(), first: 2, last: 6, lines: 3 }]);
}

#[test]
fn inline_tests_are_told_from_modules() {
    let text = "mod a {\n}\n#[cfg(test)]\nmod tests {\n    fn t() {}\n}\n#[cfg(test)]\nmod sibling;\n";
    let spans = source::inline_tests(&source::code_only(text));
    assert_eq!(spans.iter().map(|span| (span.first, span.last)).collect::<Vec<_>>(), [(4, 6)]);
}

#[test]
fn large_files_and_functions_need_an_exception() {
    let long_function = format!("//! x\nfn long() {{\n{}}}\n", "    call();\n".repeat(71));
    let files = |list: &str| {
        vec![
            file("crates/a/src/huge.rs", &"//! x\n".repeat(1_001)),
            file("crates/a/src/large.rs", &"//! x\n".repeat(401)),
            file("crates/a/src/fine.rs", &"//! x\n".repeat(400)),
            file("crates/a/src/generated/any.rs", &"//! x\n".repeat(5_000)),
            file("crates/a/tests/any.rs", &"//! x\n".repeat(5_000)),
            file("crates/a/src/long.rs", &long_function),
            file(ratchet::LIST, list),
        ]
    };
    let found = shown(sizes::check(&repository(files(""))));
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].starts_with("crates/a/src/huge.rs: 1001 lines, 1000 is the end"), "{found:?}");
    assert!(found[1].starts_with("crates/a/src/large.rs: file of 401 lines"), "{found:?}");
    assert!(found[2].starts_with("crates/a/src/long.rs:2: function of 73 lines"), "{found:?}");

    let list = "# why\nfile crates/a/src/large.rs 401\nfunction crates/a/src/long.rs::long 72\nfile crates/a/src/fine.rs 400\n";
    let found = shown(sizes::check(&repository(files(list))));
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(
        found[1].ends_with(":3: function crates/a/src/long.rs::long grew from 72 to 73; make it shrink"),
        "{found:?}"
    );
    assert!(found[2].ends_with(":4: file crates/a/src/fine.rs needs no exception any more; remove the line"));
}

#[test]
fn the_ratchet_only_turns_one_way() {
    let measured = [((ratchet::Kind::File, "a".to_owned()), 450), ((ratchet::Kind::File, "b".to_owned()), 600)].into();
    let list = "# reason\nfile a 500\nfile b 550\nfile gone 700\n";
    assert_eq!(ratchet::shrunk(list, &measured), "# reason\nfile a 450\nfile b 550\n");
    assert!(ratchet::parse("file a\n").is_err());
    assert!(ratchet::parse("file a 1\nfile a 2\n").is_err());
}

#[test]
fn lines_that_must_not_be_in_the_tree() {
    let home = concat!("see /ro", "ot/x\nand s3://b/ro", "ot/x");
    assert_eq!(shown(text::check_file(&file("docs/a.md", home))).len(), 1);
    let unfinished = concat!("# TO", "DO later\nTODOS = 1");
    assert_eq!(shown(text::check_file(&file("a.py", unfinished))).len(), 1);
    let rust = "fn f() { unsafe { x } }\n// unsafe\n";
    let found = shown(text::check_file(&file("crates/a/src/b.rs", rust)));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("crates/a/src/b.rs:1: no `//!` at the top"), "{found:?}");
    assert!(found[1].starts_with("crates/a/src/b.rs:1: `unsafe`"), "{found:?}");
}

#[test]
fn manifests_inherit_from_the_workspace() {
    let good = "[package]\nname = \"a\"\ndescription = \"b\"\nversion.workspace = true\nedition.workspace = true\n\
                rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\
                [lints]\nworkspace = true\n[dependencies]\nbytes.workspace = true\n";
    assert_eq!(manifests::check_manifest("m", good), []);
    let widened = good.replace("bytes.workspace = true", "bytes = { workspace = true, features = [\"x\"] }");
    assert_eq!(manifests::check_manifest("m", &widened).len(), 1);
    let lax = good.replace("[lints]\nworkspace = true\n", "").replace("license.workspace = true", "license = \"MIT\"");
    assert_eq!(manifests::check_manifest("m", &lax).len(), 2);
}

#[test]
fn licences_are_read_as_spdx() {
    let cases = [
        ("MIT", Some(true)),
        ("MIT/Apache-2.0", Some(true)),
        ("GPL-3.0-only", Some(false)),
        ("GPL-3.0-only OR MIT", Some(true)),
        ("GPL-3.0-only AND MIT", Some(false)),
        ("MIT AND (GPL-3.0-only OR ISC)", Some(true)),
        ("ISC OR GPL-3.0-only AND GPL-2.0-only", Some(true)),
        ("Apache-2.0 WITH LLVM-exception", Some(true)),
        ("MIT WITH Odd-exception", Some(false)),
        ("BSL-1.0", Some(false)),
        ("(MIT", None),
        ("MIT OR", None),
        ("MIT ISC", None),
        ("", None),
    ];
    for (expression, expected) in cases {
        assert_eq!(licences::permits(expression, "any"), expected, "{expression}");
    }
    assert_eq!(licences::permits("BSL-1.0", "xxhash-rust"), Some(true));
    let nameless = Package { name: "a".to_owned(), version: "1.0.0".to_owned(), ..Package::default() };
    assert_eq!(shown(licences::check(&[nameless])), ["Cargo.lock: dependency a 1.0.0 states no licence; replace it"]);
}

/// cargo-deny and tidy must not disagree.
#[test]
fn deny_toml_lists_the_same_licences() {
    let repository = Repository::open().expect("the checkout is readable");
    let deny: toml::Table = repository.file("deny.toml").expect("deny.toml").text.parse().expect("TOML");
    let allow = deny["licenses"]["allow"].as_array().expect("licenses.allow");
    let mut listed: Vec<&str> = allow.iter().filter_map(toml::Value::as_str).collect();
    let mut ours = licences::ALLOWED.to_vec();
    listed.sort_unstable();
    ours.sort_unstable();
    assert_eq!(listed, ours);
    let exceptions = deny["licenses"]["exceptions"].as_array().expect("licenses.exceptions");
    let named: Vec<&str> = exceptions.iter().filter_map(|entry| entry["crate"].as_str()).collect();
    assert_eq!(named, licences::EXCEPTIONS.map(|(name, _)| name));
}

#[test]
fn decision_records_are_numbered_without_holes() {
    assert_eq!(decision_records(&["docs/adr/0001-a.md", "docs/adr/0002-b.md", "docs/x.md"]), []);
    assert_eq!(decision_records(&["docs/adr/0001-a.md", "docs/adr/0003-b.md"]).len(), 1);
    assert_eq!(decision_records(&["docs/adr/0001-a.md", "docs/adr/0001-b.md"]).len(), 1);
    assert_eq!(decision_records(&["docs/adr/notes.md"]).len(), 1);
}

#[test]
fn readme_names_the_first_commands() {
    assert_eq!(readme(None).len(), 1);
    assert_eq!(readme(Some("`cargo run --release -- serve`")).len(), 1);
    assert_eq!(readme(Some("`cargo run --release -- serve` and `cargo test --workspace`")), []);
}

#[test]
fn fuzz_targets_and_their_manifest_agree() {
    let manifest = "[[bin]]\nname = \"a\"\npath = \"fuzz_targets/a.rs\"\n";
    assert_eq!(fuzz_targets(Some(manifest), &["fuzz/fuzz_targets/a.rs"]), []);
    assert_eq!(fuzz_targets(Some(manifest), &[]).len(), 1);
    assert_eq!(fuzz_targets(Some(""), &["fuzz/fuzz_targets/a.rs"]).len(), 1);
    assert_eq!(fuzz_targets(None, &[]).len(), 1);
}
