//! `account.toml`: who owns what is stored here.

use std::path::Path;

use larder_env::Rng;
use larder_private_file::{PrivateFileError, malformed, parse, read, write};
use larder_types::{AccountId, CanonicalUserId, Owner};
use serde::Deserialize;

use crate::ids;

const NAME: &str = "account.toml";
const VERSION: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    version: u32,
    account_id: String,
    canonical_id: String,
    display_name: String,
}

/// The account kept in the folder `data`; made when there is none.
pub(crate) fn load_or_make(data: &Path, rng: &dyn Rng) -> Result<Owner, PrivateFileError> {
    let path = data.join(NAME);
    if let Some(text) = read(&path)? {
        return decode(&path, &text);
    }
    let owner = make(rng);
    write(&path, &encode(&owner))?;
    Ok(owner)
}

fn make(rng: &dyn Rng) -> Owner {
    Owner { account: ids::account(rng), canonical_id: ids::canonical_user(rng), display_name: "root".into() }
}

fn encode(owner: &Owner) -> String {
    let Owner { account, canonical_id, display_name } = owner;
    format!(
        "# The account that owns everything in this folder. Keep it with the data.\n\
         version = {VERSION}\naccount_id = \"{account}\"\ncanonical_id = \"{canonical_id}\"\n\
         display_name = \"{display_name}\"\n"
    )
}

fn decode(path: &Path, text: &str) -> Result<Owner, PrivateFileError> {
    let record: Record = parse(path, text)?;
    if record.version != VERSION {
        return Err(malformed(path, format!("version {} is not known here", record.version)));
    }
    Ok(Owner {
        account: AccountId::parse(&record.account_id).map_err(|error| malformed(path, error))?,
        canonical_id: CanonicalUserId::parse(&record.canonical_id).map_err(|error| malformed(path, error))?,
        display_name: record.display_name.into(),
    })
}

#[cfg(test)]
mod tests {
    use larder_env::SeededRng;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn an_account_reads_back_as_written(seed: u64) {
            let owner = make(&SeededRng::new(seed));
            prop_assert_eq!(decode(Path::new(NAME), &encode(&owner)).ok(), Some(owner));
        }
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        let good = encode(&make(&SeededRng::new(1)));
        for bad in [
            good.replace("version = 1", "version = 2"),
            format!("{good}extra = 1\n"),
            good.replace("account_id", "account"),
            good.replace("account_id = \"", "account_id = \"1"),
            String::new(),
        ] {
            let refused = decode(Path::new(NAME), &bad);
            assert!(matches!(refused, Err(PrivateFileError::Malformed { .. })), "{bad}");
        }
    }
}
