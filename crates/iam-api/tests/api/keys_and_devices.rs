//! Access keys and MFA devices.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::harness::{ALLOW_ALL, Server, TRUST};
use crate::sts::totp;

#[tokio::test]
async fn a_key_is_made_shown_once_and_deleted() {
    let server = Server::start().await;
    let anna = server.user("anna", ALLOW_ALL).await;
    // The caller's own keys, without a name.
    let made = server.iam(&anna, "CreateAccessKey", &[]).await.ok();
    let key = "CreateAccessKeyResult/AccessKey";
    assert_eq!(made.text(&format!("{key}/UserName")), "anna");
    assert_eq!(made.text(&format!("{key}/Status")), "Active");
    assert_eq!(made.text(&format!("{key}/SecretAccessKey")).len(), 40);
    let id = made.text(&format!("{key}/AccessKeyId")).to_owned();
    let too_many = server.iam(&anna, "CreateAccessKey", &[]).await;
    assert_eq!(too_many.refusal(), (409, "LimitExceeded"));
    let listed = server.setup("ListAccessKeys", &[("UserName", "anna")]).await;
    assert_eq!(listed.members("ListAccessKeysResult/AccessKeyMetadata").len(), 2);
    assert!(!listed.xml.contains("SecretAccessKey"));
    server.setup("UpdateAccessKey", &[("UserName", "anna"), ("AccessKeyId", &id), ("Status", "Inactive")]).await;
    assert!(server.identity.authenticate(&id, None).is_err());
    let used = server.setup("GetAccessKeyLastUsed", &[("AccessKeyId", &id)]).await;
    assert_eq!(used.text("GetAccessKeyLastUsedResult/UserName"), "anna");
    assert_eq!(used.text("GetAccessKeyLastUsedResult/AccessKeyLastUsed/ServiceName"), "N/A");
    server.setup("DeleteAccessKey", &[("UserName", "anna"), ("AccessKeyId", &id)]).await;
    let root = server.setup("ListAccessKeys", &[]).await;
    assert_eq!(root.each("ListAccessKeysResult/AccessKeyMetadata", "AccessKeyId"), ["ROOTKEY"]);
}

#[tokio::test]
async fn a_use_is_told_before_and_after_it_is_written_down() {
    let server = Server::start().await;
    let anna = server.user("anna", ALLOW_ALL).await;
    let worker = server.setup("CreateRole", &[("RoleName", "worker"), ("AssumeRolePolicyDocument", TRUST)]).await;
    let arn = worker.text("CreateRoleResult/Role/Arn");
    let session = server.sts(&anna, "AssumeRole", &[("RoleArn", arn), ("RoleSessionName", "job")]).await.ok();
    let at = |name: &str| session.text(&format!("AssumeRoleResult/Credentials/{name}"));
    for (id, token) in [(anna.id.as_str(), None), (at("AccessKeyId"), Some(at("SessionToken")))] {
        let credential = server.identity.authenticate(id, token).expect("good credentials");
        server.identity.note_use(&credential, "s3", "us-east-1");
    }
    for _ in 0..2 {
        let used = server.setup("GetAccessKeyLastUsed", &[("AccessKeyId", &anna.id)]).await;
        let used = |name: &str| used.text(&format!("GetAccessKeyLastUsedResult/AccessKeyLastUsed/{name}")).to_owned();
        assert_eq!((used("ServiceName").as_str(), used("Region").as_str()), ("s3", "us-east-1"));
        assert_eq!(used("LastUsedDate"), "2026-01-01T00:00:00Z");
        let got = server.setup("GetRole", &[("RoleName", "worker")]).await;
        assert_eq!(got.text("GetRoleResult/Role/RoleLastUsed/LastUsedDate"), "2026-01-01T00:00:00Z");
        let details = server.setup("GetAccountAuthorizationDetails", &[("Filter.member.1", "Role")]).await;
        assert!(details.xml.contains("<RoleLastUsed><LastUsedDate>"), "{}", details.xml);
        server.identity.flush_last_used().await.expect("written");
    }
}

#[tokio::test]
async fn a_device_is_made_enabled_and_taken_away() {
    let server = Server::start().await;
    server.user("anna", "").await;
    let made = server.setup("CreateVirtualMFADevice", &[("VirtualMFADeviceName", "phone")]).await;
    let device = "CreateVirtualMFADeviceResult/VirtualMFADevice";
    let serial = made.text(&format!("{device}/SerialNumber")).to_owned();
    assert_eq!(serial, "arn:aws:iam::111122223333:mfa/phone");
    let blob = |name: &str| STANDARD.decode(made.text(&format!("{device}/{name}"))).expect("base64");
    assert_eq!(&blob("QRCodePNG")[..8], b"\x89PNG\r\n\x1a\n");
    let seed = String::from_utf8(blob("Base32StringSeed")).expect("base32");
    assert_eq!(seed.len(), 64);

    let (one, two) = (totp(&server, &seed, -1), totp(&server, &seed, 0));
    let named = [("UserName", "anna"), ("SerialNumber", serial.as_str())];
    let wrong = [("AuthenticationCode1", two.as_str()), ("AuthenticationCode2", one.as_str())];
    let refused = server.iam(&server.root(), "EnableMFADevice", &[named, wrong].concat()).await;
    assert_eq!(refused.refusal(), (403, "InvalidAuthenticationCode"));
    let right = [("AuthenticationCode1", one.as_str()), ("AuthenticationCode2", two.as_str())];
    server.setup("EnableMFADevice", &[named, right].concat()).await;
    let listed = server.setup("ListMFADevices", &[("UserName", "anna")]).await;
    assert_eq!(listed.each("ListMFADevicesResult/MFADevices", "SerialNumber"), [&serial]);
    assert_eq!(listed.each("ListMFADevicesResult/MFADevices", "EnableDate"), ["2026-01-01T00:00:00Z"]);
    let all = server.setup("ListVirtualMFADevices", &[("AssignmentStatus", "Assigned")]).await;
    assert_eq!(all.text("ListVirtualMFADevicesResult/VirtualMFADevices/member/User/UserName"), "anna");
    assert!(!all.xml.contains("Seed"));
    let got = server.setup("GetMFADevice", &named).await;
    assert_eq!(got.text("GetMFADeviceResult/UserName"), "anna");
    let refused = server.iam(&server.root(), "DeleteVirtualMFADevice", &[named[1]]).await;
    assert_eq!(refused.refusal(), (409, "DeleteConflict"));
    server.setup("DeactivateMFADevice", &named).await;
    server.setup("DeleteVirtualMFADevice", &[named[1]]).await;
}

#[tokio::test]
async fn the_root_user_has_devices_too() {
    let server = Server::start().await;
    let made = server.setup("CreateVirtualMFADevice", &[("VirtualMFADeviceName", "safe")]).await;
    let device = "CreateVirtualMFADeviceResult/VirtualMFADevice";
    let serial = made.text(&format!("{device}/SerialNumber")).to_owned();
    let seed = STANDARD.decode(made.text(&format!("{device}/Base32StringSeed"))).expect("base64");
    let seed = String::from_utf8(seed).expect("base32");
    let (one, two) = (totp(&server, &seed, -1), totp(&server, &seed, 0));
    // Clients insist on a name, and the root user has none.
    let parameters = [
        ("UserName", "root"),
        ("SerialNumber", serial.as_str()),
        ("AuthenticationCode1", one.as_str()),
        ("AuthenticationCode2", two.as_str()),
    ];
    let anna = server.user("anna", ALLOW_ALL).await;
    let refused = server.iam(&anna, "EnableMFADevice", &parameters).await;
    assert_eq!(refused.refusal(), (404, "NoSuchEntity"));
    server.setup("EnableMFADevice", &parameters).await;
    let listed = server.setup("ListMFADevices", &[]).await;
    assert_eq!(listed.each("ListMFADevicesResult/MFADevices", "SerialNumber"), [serial]);
}
