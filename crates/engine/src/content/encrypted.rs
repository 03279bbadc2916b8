//! Which cipher a content is written or read with.

use larder_crypto::{ContentCipher, DataKeys, Stream};

use crate::error::Error;
use crate::record::encryption::Encryption;

/// The cipher of a content, when its object is encrypted.
///
/// # Errors
/// [`Error::Damaged`] when the object's record and the keys that were opened for it do not fit.
pub(crate) fn cipher(
    encryption: Option<&Encryption>,
    keys: Option<&DataKeys>,
    stream: impl FnOnce(&Encryption) -> Stream,
) -> Result<Option<ContentCipher>, Error> {
    match (encryption, keys) {
        (None, None) => Ok(None),
        (Some(encryption), Some(keys)) => Ok(Some(ContentCipher::new(keys, stream(encryption)))),
        _ => Err(Error::Damaged { what: "an object and the key that was opened for it do not fit".to_owned() }),
    }
}
