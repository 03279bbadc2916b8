//! `root-credentials.toml`: the root keys that Larder made itself.

use std::path::Path;

use larder_env::Rng;
use larder_private_file::{PrivateFileError, malformed, parse, read, write};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::{KeysOrigin, RootKeys};

const NAME: &str = "root-credentials.toml";
const VERSION: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    version: u32,
    access_key_id: String,
    secret_access_key: String,
}

/// The keys kept in the folder `data`; made when there are none.
pub(crate) fn load_or_make(data: &Path, rng: &dyn Rng) -> Result<(RootKeys, KeysOrigin), PrivateFileError> {
    let path = data.join(NAME);
    if let Some(text) = read(&path)? {
        let keys = decode(&path, &text)?;
        return Ok((keys, KeysOrigin::File(path)));
    }
    let keys = RootKeys::generate(rng);
    write(&path, &encode(&keys))?;
    Ok((keys, KeysOrigin::Made(path)))
}

fn encode(keys: &RootKeys) -> Zeroizing<String> {
    let (id, secret) = (&keys.access_key_id, keys.secret_access_key.expose());
    Zeroizing::new(format!(
        "# Root access keys. Whoever has them may do everything. To replace them, delete this file and start Larder.\n\
         version = {VERSION}\naccess_key_id = \"{id}\"\nsecret_access_key = \"{secret}\"\n"
    ))
}

fn decode(path: &Path, text: &str) -> Result<RootKeys, PrivateFileError> {
    let record: Record = parse(path, text)?;
    if record.version != VERSION {
        return Err(malformed(path, format!("version {} is not known here", record.version)));
    }
    RootKeys::parse(&record.access_key_id, record.secret_access_key).map_err(|error| malformed(path, error))
}

#[cfg(test)]
mod tests {
    use larder_env::SeededRng;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn keys_read_back_as_written(id in "[A-Za-z0-9_.-]{3,40}", secret in "[!#%&(-\\[\\]-_a-~]{8,60}") {
            let keys = RootKeys::parse(&id, secret).expect("allowed characters");
            prop_assert_eq!(decode(Path::new(NAME), &encode(&keys)).ok(), Some(keys));
        }
    }

    #[test]
    fn an_error_about_the_file_does_not_show_what_is_in_it() {
        let keys = RootKeys::generate(&SeededRng::new(3));
        let good = encode(&keys);
        for bad in [
            good.replace("version = 1", "version = 9"),
            good.replace("secret_access_key = \"", "secret_access_key = "),
            good.replace("secret_access_key = \"", "secret_access_key = \" "),
            format!("{}unknown = 1\n", *good),
        ] {
            let error = decode(Path::new(NAME), &bad).expect_err("not a valid file").to_string();
            assert!(!error.contains(&keys.secret_access_key.expose()[..8]), "{error}");
        }
    }
}
