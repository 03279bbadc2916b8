//! GenerateRandom.

use super::keys::no_key_store;
use super::{Answer, no_recipient};
use crate::protocol::{Fault, Output, rules};
use crate::request::Request;

pub(super) async fn generate(request: &Request<'_>) -> Answer {
    let store = request.input.text("CustomKeyStoreId", &rules::CUSTOM_KEY_STORE_ID)?;
    let bytes = request.input.number("NumberOfBytes", 1..=1024)?;
    no_recipient(request)?;
    request.allow_in_account("kms:GenerateRandom", &larder_kms::RequestFacts::default())?;
    if store.is_some() {
        return Err(no_key_store(store));
    }
    let bytes = bytes.ok_or_else(|| Fault::invalid("NumberOfBytes is required."))?;
    let random = request.kms.generate_random(bytes as usize)?;
    Ok(Some(Output::new().blob("Plaintext", &random)))
}
