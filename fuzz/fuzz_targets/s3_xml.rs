//! Any bytes as the XML body of every S3 operation that has one.
#![no_main]

use larder_wire::decode::RequestParts;
use larder_wire::generated::s3::*;
use larder_wire::query::Query;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let query = Query::parse("uploadId=u").expect("a constant query parses");
    let headers = Default::default();
    let parts = RequestParts { bucket: Some("bucket"), key: Some("key"), query: &query, headers: &headers };
    let _ = CompleteMultipartUploadInput::decode(&parts, data);
    let _ = CreateBucketInput::decode(&parts, data);
    let _ = DeleteObjectsInput::decode(&parts, data);
    let _ = PutBucketAclInput::decode(&parts, data);
    let _ = PutBucketCorsInput::decode(&parts, data);
    let _ = PutBucketEncryptionInput::decode(&parts, data);
    let _ = PutBucketOwnershipControlsInput::decode(&parts, data);
    let _ = PutBucketPolicyInput::decode(&parts, data);
    let _ = PutBucketRequestPaymentInput::decode(&parts, data);
    let _ = PutBucketVersioningInput::decode(&parts, data);
    let _ = PutObjectLegalHoldInput::decode(&parts, data);
    let _ = PutObjectLockConfigurationInput::decode(&parts, data);
    let _ = PutObjectRetentionInput::decode(&parts, data);
    let _ = PutPublicAccessBlockInput::decode(&parts, data);

    // Access control lists that were read are read the same from what is written for them.
    if let Ok(input) = PutObjectAclInput::decode(&parts, data)
        && let Some(list) = input.access_control_policy
    {
        let shown = GetObjectAclOutput { owner: list.owner.clone(), grants: list.grants.clone(), request_charged: None };
        let again = PutObjectAclInput::decode(&parts, &shown.encode().body).expect("what was written is well-formed");
        assert_eq!(again.access_control_policy, Some(list));
    }

    // Tags that were read are read the same from what is written for them.
    if let Ok(input) = PutObjectTaggingInput::decode(&parts, data) {
        let written = GetObjectTaggingOutput { tag_set: input.tagging.tag_set.clone(), version_id: None }.encode().body;
        let again = PutObjectTaggingInput::decode(&parts, &written).expect("what was written is well-formed");
        assert_eq!(again.tagging.tag_set, input.tagging.tag_set);
    }
    if let Ok(input) = PutBucketTaggingInput::decode(&parts, data) {
        let written = GetBucketTaggingOutput { tag_set: input.tagging.tag_set.clone() }.encode().body;
        let again = PutBucketTaggingInput::decode(&parts, &written).expect("what was written is well-formed");
        assert_eq!(again.tagging.tag_set, input.tagging.tag_set);
    }
});
