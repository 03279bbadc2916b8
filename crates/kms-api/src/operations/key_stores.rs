//! The operations on custom key stores, of which there are none: what asks for one is told that it is not there.

use larder_kms::RequestFacts as Facts;

use super::Answer;
use super::keys::no_key_store;
use crate::protocol::{Code, Fault, Output, rules};
use crate::request::Request;

pub(super) async fn create(request: &Request<'_>) -> Answer {
    request.input.required("CustomKeyStoreName", &rules::CUSTOM_KEY_STORE_NAME)?;
    request.allow_in_account("kms:CreateCustomKeyStore", &Facts::default())?;
    Err(no_key_store(None))
}

pub(super) async fn describe(request: &Request<'_>) -> Answer {
    let id = request.input.text("CustomKeyStoreId", &rules::CUSTOM_KEY_STORE_ID)?;
    let name = request.input.text("CustomKeyStoreName", &rules::CUSTOM_KEY_STORE_NAME)?;
    request.page(1000, 100)?;
    request.allow_in_account("kms:DescribeCustomKeyStores", &Facts::default())?;
    if id.or(name).is_some() {
        return Err(no_key_store(id.or(name)));
    }
    Ok(Some(Output::new().list("CustomKeyStores", []).with("Truncated", false)))
}

pub(super) async fn connect(request: &Request<'_>) -> Answer {
    absent(request, "kms:ConnectCustomKeyStore")
}

pub(super) async fn disconnect(request: &Request<'_>) -> Answer {
    absent(request, "kms:DisconnectCustomKeyStore")
}

pub(super) async fn update(request: &Request<'_>) -> Answer {
    absent(request, "kms:UpdateCustomKeyStore")
}

pub(super) async fn delete(request: &Request<'_>) -> Answer {
    absent(request, "kms:DeleteCustomKeyStore")
}

fn absent(request: &Request<'_>, action: &str) -> Answer {
    request.input.required("CustomKeyStoreId", &rules::CUSTOM_KEY_STORE_ID)?;
    request.allow_in_account(action, &Facts::default())?;
    Err(Fault::new(Code::CUSTOM_KEY_STORE_NOT_FOUND, ""))
}
