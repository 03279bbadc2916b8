//! The parameters of a request, as a form: `Tags.member.1.Key=team&Tags.member.1.Value=red`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use percent_encoding::percent_decode;

use super::{Code, Fault};

/// Most bytes of a body or a query string. A simulation with many documents is the largest request that is any use.
pub const MAX_FORM_BYTES: usize = 1024 * 1024;

/// Most parameters of one request.
const MAX_PARAMETERS: usize = 4096;
/// Longest name, in bytes.
const MAX_NAME_BYTES: usize = 256;
/// Highest index of a list's member: lists may have holes, but a client that counts this far is not counting.
const MAX_INDEX: u32 = 100_000;

/// Decoded parameters by name. No name is given twice: which of two values counts must not depend on who reads them.
/// `Debug` shows their names alone: passwords, codes and tokens are among the values.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Params {
    values: BTreeMap<String, String>,
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Params {
    /// Reads a query string and a body of the type `application/x-www-form-urlencoded`, which have the same form. Both count;
    /// nearly always one of them is empty.
    pub(crate) fn parse(query: &str, body: &[u8]) -> Result<Self, Fault> {
        if query.len() > MAX_FORM_BYTES || body.len() > MAX_FORM_BYTES {
            let message = format!("The request is larger than {MAX_FORM_BYTES} bytes.");
            return Err(Fault::new(Code::RequestTooLarge, message));
        }
        let mut values = BTreeMap::new();
        let pairs = [query.as_bytes(), body].into_iter().flat_map(|form| form.split(|byte| *byte == b'&'));
        for pair in pairs.filter(|pair| !pair.is_empty()) {
            if values.len() == MAX_PARAMETERS {
                return Err(malformed(format!("There are more than {MAX_PARAMETERS} parameters.")));
            }
            let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => (&pair[..at], &pair[at + 1..]),
                None => (pair, &[][..]),
            };
            let name = decode(name)?;
            if name.len() > MAX_NAME_BYTES {
                return Err(malformed(format!("A parameter's name is longer than {MAX_NAME_BYTES} bytes.")));
            }
            match values.entry(name) {
                Entry::Vacant(entry) => entry.insert(decode(value)?),
                Entry::Occupied(_) => return Err(malformed("A parameter is given twice.")),
            };
        }
        Ok(Self { values })
    }

    /// The value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Whether a parameter begins with `prefix`.
    pub(crate) fn has_prefix(&self, prefix: &str) -> bool {
        self.under(prefix).next().is_some()
    }

    /// The indexes of the list whose parameters begin with `prefix` (which ends in a dot), in order. A list may have holes.
    pub(crate) fn indexes(&self, prefix: &str) -> Result<Vec<u32>, Fault> {
        let mut indexes = Vec::new();
        for name in self.under(prefix) {
            let rest = &name[prefix.len()..];
            let digits = rest.split('.').next().unwrap_or(rest);
            // Without leading zeros and signs, so that no two names mean the same member.
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
            let index = digits.parse().ok().filter(|index| plain && *index <= MAX_INDEX);
            indexes.push(index.ok_or_else(|| malformed("A member of a list has no valid index."))?);
        }
        indexes.sort_unstable();
        indexes.dedup();
        Ok(indexes)
    }

    fn under(&self, prefix: &str) -> impl Iterator<Item = &str> {
        let from = prefix.to_owned();
        self.values.range(from..).map(|(name, _)| name.as_str()).take_while(move |name| name.starts_with(prefix))
    }
}

fn decode(raw: &[u8]) -> Result<String, Fault> {
    let mut rest = raw;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        match rest.get(at + 1..at + 3) {
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => rest = &rest[at + 3..],
            _ => return Err(malformed("A percent sign is not followed by two hexadecimal digits.")),
        }
    }
    let spaced: Vec<u8> = raw.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let text = percent_decode(&spaced).decode_utf8().map_err(|_| malformed("The parameters are not UTF-8."))?;
    Ok(text.into_owned())
}

fn malformed(message: impl Into<String>) -> Fault {
    Fault::new(Code::MalformedQueryString, message)
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;

    fn encode(pairs: &BTreeMap<String, String>) -> String {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        pairs.join("&")
    }

    proptest! {
        #[test]
        fn what_a_client_encodes_is_what_is_read(pairs in proptest::collection::btree_map(".{1,20}", ".{0,40}", 0..20)) {
            let params = Params::parse("", encode(&pairs).as_bytes()).expect("a valid form");
            prop_assert_eq!(params.values, pairs);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            crate::fuzz_entry::form(&bytes);
            if let Ok(params) = Params::parse("", &bytes) {
                prop_assert!(params.values.len() <= bytes.len());
            }
        }
    }

    #[test]
    fn a_plus_is_a_space_and_lists_may_have_holes() {
        let params =
            Params::parse("", b"Action=CreateUser&A=a+b%2B&L.member.10.Key=z&L.member.2.Key=y&L.member.2.Value=&L2=1");
        let params = params.expect("a valid form");
        assert_eq!(params.get("A"), Some("a b+"));
        assert_eq!(params.indexes("L.member."), Ok(vec![2, 10]));
        assert_eq!(params.get("L.member.2.Value"), Some(""));
        assert_eq!(params.indexes("M.member."), Ok(Vec::new()));
    }

    #[test]
    fn what_is_ambiguous_or_too_much_is_refused() {
        for form in ["A=1&A=2", "A=1&%41=2", "A=%4", "A=%zz", "%ff=1"] {
            let fault = Params::parse("", form.as_bytes()).expect_err(form);
            assert_eq!(fault.code, Code::MalformedQueryString, "{form}");
        }
        assert!(Params::parse("A=1", b"A=1").is_err() && Params::parse("A=1", b"B=1").is_ok());
        let many: Vec<_> = (0..=MAX_PARAMETERS).map(|number| format!("p{number}=")).collect();
        assert!(Params::parse("", many.join("&").as_bytes()).is_err());
        assert!(Params::parse("", &vec![b'a'; MAX_NAME_BYTES + 1]).is_err());
        assert_eq!(
            Params::parse("", &vec![b'&'; MAX_FORM_BYTES + 1]).expect_err("too large").code,
            Code::RequestTooLarge
        );
        for index in ["0", "01", "+1", "x", "", "100001", "99999999999"] {
            let params = Params::parse("", format!("L.member.{index}.Key=a").as_bytes()).expect("a valid form");
            assert!(params.indexes("L.member.").is_err(), "{index}");
        }
    }
}
