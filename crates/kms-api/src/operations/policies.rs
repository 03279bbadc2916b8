//! GetKeyPolicy, PutKeyPolicy, ListKeyPolicies.

use larder_kms::{PolicyCheck, RequestFacts as Facts};

use super::Answer;
use crate::protocol::{Code, Fault, Output, rules};
use crate::request::Request;

/// The name of the one policy that a key has.
const NAME: &str = "default";

fn check_name(request: &Request<'_>) -> Result<(), Fault> {
    match request.input.text("PolicyName", &rules::POLICY_NAME)? {
        None | Some(NAME) => Ok(()),
        Some(_) => Err(Fault::new(Code::NOT_FOUND, "No such policy exists")),
    }
}

pub(super) async fn get(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    request.input.text("PolicyName", &rules::POLICY_NAME)?;
    let key = request.key_by_id(named, "kms:GetKeyPolicy", &Facts::default())?;
    check_name(request)?;
    let policy = request.kms.get_key_policy(&key)?;
    Ok(Some(Output::new().with("Policy", &*policy).with("PolicyName", NAME)))
}

pub(super) async fn put(request: &Request<'_>) -> Answer {
    let input = &request.input;
    let named = input.required("KeyId", &rules::KEY_ID)?;
    input.text("PolicyName", &rules::POLICY_NAME)?;
    let policy = input.required("Policy", &rules::POLICY)?;
    let bypass = input.flag("BypassPolicyLockoutSafetyCheck")?;
    let facts = Facts { bypass_policy_lockout_safety_check: Some(bypass), ..Facts::default() };
    let key = request.key_by_id(named, "kms:PutKeyPolicy", &facts)?;
    check_name(request)?;
    let exists = |principal: &str| request.has_principal(principal);
    let documents = request.policies();
    let check = PolicyCheck { asker: (!bypass).then(|| request.asker(&documents)), exists: &exists };
    request.kms.put_key_policy(&key, policy, check).await?;
    Ok(None)
}

pub(super) async fn list(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    request.page(1000, 100)?;
    request.key_by_id(named, "kms:ListKeyPolicies", &Facts::default())?;
    Ok(Some(Output::new().texts("PolicyNames", [NAME]).with("Truncated", false)))
}
