//! What the fuzz targets call: nothing here panics, whatever the bytes are.

use larder_kms::{GrantOperation, KeySpec};

use crate::protocol::{self, Input, Service, rules};

/// Any bytes as a target and, behind the first line, as the input of an operation.
pub fn request(bytes: &[u8]) {
    let split = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (target, body) = bytes.split_at(split);
    let target = std::str::from_utf8(target).ok();
    for service in [Service::Kms, Service::ServiceQuotas] {
        if let Some(name) = protocol::operation(service, target) {
            assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "a name that is none");
        }
    }
    let Ok(input) = Input::parse(body.get(1..).unwrap_or_default()) else { return };
    let rules = [
        ("KeyId", rules::KEY_ID),
        ("AliasName", rules::ALIAS_NAME),
        ("Policy", rules::POLICY),
        ("GranteePrincipal", rules::PRINCIPAL),
        ("GranteeServicePrincipal", rules::SERVICE_PRINCIPAL),
        ("SourceArn", rules::SOURCE_ARN),
        ("ReplicaRegion", rules::REGION),
        ("NextToken", rules::NEXT_TOKEN),
    ];
    for (name, rule) in rules {
        if let Ok(Some(text)) = input.text(name, &rule) {
            assert!(text.chars().count() <= rule.max, "a value passed that is too long");
        }
    }
    if let Ok(Some(blob)) = input.blob("Plaintext", 1..=4096) {
        assert!((1..=4096).contains(&blob.len()), "a blob passed that is too long");
    }
    let _ = (input.named::<KeySpec>("KeySpec"), input.list_named::<GrantOperation>("Operations"));
    let _ = (input.map("EncryptionContext"), input.time("ValidTo"), input.decimal("DesiredValue"));
    let _ =
        (input.flag("DryRun"), input.number("Limit", 1..=1000), input.texts("GrantTokens", &rules::GRANT_TOKEN, 10));
    if let Ok(Some(constraints)) = input.object("Constraints") {
        let _ = constraints.map("EncryptionContextEquals");
    }
    for tag in input.objects("Tags", 50).unwrap_or_default() {
        let _ = tag.required("TagKey", &rules::TAG_KEY);
    }
}
