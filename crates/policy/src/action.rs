//! The `Action` and `NotAction` elements. Actions are compared without regard to case.

use crate::glob::{Pattern, wildcards};

/// Longest action that needs no allocation to be compared; AWS has none that is longer.
const INLINE: usize = 96;

/// What a request wants to do, prepared to be looked for in many documents.
pub(crate) struct ActionName {
    lower: Lower,
    hash: u64,
    service: u64,
}

enum Lower {
    Inline([u8; INLINE], usize),
    Heap(String),
}

impl ActionName {
    pub(crate) fn new(action: &str) -> Self {
        let lower = if action.len() <= INLINE && action.is_ascii() {
            let mut bytes = [0; INLINE];
            bytes[..action.len()].copy_from_slice(action.as_bytes());
            bytes[..action.len()].make_ascii_lowercase();
            Lower::Inline(bytes, action.len())
        } else {
            Lower::Heap(action.to_lowercase())
        };
        let mut name = Self { lower, hash: 0, service: 0 };
        name.hash = hash(name.as_str());
        name.service = service_bit(name.as_str());
        name
    }

    pub(crate) fn as_str(&self) -> &str {
        match &self.lower {
            Lower::Inline(bytes, length) => std::str::from_utf8(&bytes[..*length]).expect("only ASCII is kept inline"),
            Lower::Heap(text) => text,
        }
    }
}

/// The actions that a statement lists.
#[derive(Clone, Debug)]
pub(crate) struct ActionSet {
    /// `NotAction`: all but these.
    not: bool,
    /// A bit for each service that may be among them.
    services: u64,
    /// Those without wildcards, in order of their hash.
    exact: Box<[(u64, Box<str>)]>,
    patterns: Box<[Pattern]>,
}

impl ActionSet {
    pub(crate) fn new(not: bool, actions: &[&str]) -> Self {
        let mut services = 0;
        let (mut exact, mut patterns) = (Vec::new(), Vec::new());
        for action in actions {
            let lower = action.to_lowercase();
            services |= service_bit(&lower);
            match Pattern::new(wildcards(&lower)) {
                Pattern::Exact(text) => exact.push((hash(&text), text)),
                pattern => patterns.push(pattern),
            }
        }
        exact.sort_unstable();
        Self { not, services, exact: exact.into(), patterns: patterns.into() }
    }

    /// Whether the statement is about `action`.
    pub(crate) fn covers(&self, action: &ActionName) -> bool {
        self.lists(action) != self.not
    }

    fn lists(&self, action: &ActionName) -> bool {
        if self.services & action.service == 0 {
            return false;
        }
        let first = self.exact.partition_point(|(hash, _)| *hash < action.hash);
        let same_hash = self.exact[first..].iter().take_while(|(hash, _)| *hash == action.hash);
        same_hash.into_iter().any(|(_, text)| **text == *action.as_str())
            || self.patterns.iter().any(|pattern| pattern.matches(action.as_str()))
    }
}

/// FNV-1a.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The bit of the service before the colon; every bit when wildcards leave the service open.
fn service_bit(action: &str) -> u64 {
    let service = action.split(':').next().unwrap_or(action);
    if service.contains(['*', '?']) { u64::MAX } else { 1 << (hash(service) >> 58) }
}
