//! The root key as text: 64 hexadecimal digits, bare or in `root.key`.

use std::path::Path;

use larder_crypto::{KEY_BYTES, SecretKey};
use larder_private_file::{PrivateFileError, malformed, parse};
use serde::Deserialize;
use zeroize::Zeroizing;

const VERSION: u32 = 1;

/// Reads 64 hexadecimal digits, with white space around them; `None` for any other text.
#[must_use]
pub fn parse_root_key(text: &str) -> Option<SecretKey> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    hex::decode_to_slice(text.trim(), &mut *key).ok()?;
    SecretKey::from_slice(&*key)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    version: u32,
    key: String,
}

/// What `root.key` holds.
pub(crate) fn encode(key: &SecretKey) -> Zeroizing<String> {
    let mut digits = Zeroizing::new([0; 2 * KEY_BYTES]);
    hex::encode_to_slice(key.expose(), &mut *digits).expect("two digits for each byte");
    let digits = std::str::from_utf8(&*digits).expect("digits are ASCII");
    Zeroizing::new(format!(
        "# All data in this folder is encrypted under this key. Without it the data is lost. Keep a copy apart from the data:\n\
         # larder admin keys backup FILE\n\
         version = {VERSION}\nkey = \"{digits}\"\n"
    ))
}

/// Reads what `root.key` holds.
pub(crate) fn decode(path: &Path, text: &str) -> Result<SecretKey, PrivateFileError> {
    let record: Record = parse(path, text)?;
    let key = Zeroizing::new(record.key);
    if record.version != VERSION {
        return Err(malformed(path, format!("version {} is not known here", record.version)));
    }
    parse_root_key(&key).ok_or_else(|| malformed(path, "the key is not 64 hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use larder_env::SeededRng;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_root_key_reads_back_as_written(seed: u64) {
            let key = SecretKey::generate(&SeededRng::new(seed));
            let again = decode(Path::new("root.key"), &encode(&key)).expect("as written");
            prop_assert_eq!(again.expose(), key.expose());
        }
    }

    #[test]
    fn an_unfit_root_key_is_refused_and_not_shown() {
        let good = encode(&SecretKey::generate(&SeededRng::new(1)));
        for bad in [good.replace("version = 1", "version = 2"), good.replace("key = \"", "key = \"0"), String::new()] {
            let error = decode(Path::new("root.key"), &bad).expect_err("unfit").to_string();
            assert!(!error.contains(&good[good.len() - 20..good.len() - 2]), "{error}");
        }
        assert!(parse_root_key(&"zz".repeat(32)).is_none() && parse_root_key("").is_none());
        assert!(parse_root_key(&"\u{e4}".repeat(32)).is_none());
        assert!(parse_root_key(&format!(" {}\n", "aB".repeat(32))).is_some());
    }
}
