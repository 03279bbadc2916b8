//! The operations, one file each. Each decodes its typed input, asks the engine, and encodes its typed output.

use larder_http::Response;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::operation::Operation;

use crate::call::Call;

mod abort_multipart_upload;
mod complete_multipart_upload;
mod copy_object;
mod create_bucket;
mod create_multipart_upload;
mod delete_account_public_access_block;
mod delete_bucket;
mod delete_bucket_cors;
mod delete_bucket_encryption;
mod delete_bucket_ownership_controls;
mod delete_bucket_policy;
mod delete_bucket_tagging;
mod delete_object;
mod delete_object_tagging;
mod delete_objects;
mod delete_public_access_block;
mod get_account_public_access_block;
mod get_bucket_acl;
mod get_bucket_cors;
mod get_bucket_encryption;
mod get_bucket_location;
mod get_bucket_ownership_controls;
mod get_bucket_policy;
mod get_bucket_policy_status;
mod get_bucket_request_payment;
mod get_bucket_tagging;
mod get_bucket_versioning;
mod get_object;
mod get_object_acl;
mod get_object_attributes;
mod get_object_legal_hold;
mod get_object_lock_configuration;
mod get_object_retention;
mod get_object_tagging;
mod get_public_access_block;
mod head_bucket;
mod head_object;
mod list_buckets;
mod list_multipart_uploads;
mod list_object_versions;
mod list_objects;
mod list_objects_v2;
mod list_parts;
mod post_object;
mod preflight;
mod put_account_public_access_block;
mod put_bucket_acl;
mod put_bucket_cors;
mod put_bucket_encryption;
mod put_bucket_ownership_controls;
mod put_bucket_policy;
mod put_bucket_request_payment;
mod put_bucket_tagging;
mod put_bucket_versioning;
mod put_object;
mod put_object_acl;
mod put_object_legal_hold;
mod put_object_lock_configuration;
mod put_object_retention;
mod put_object_tagging;
mod put_public_access_block;
mod upload_part;
mod upload_part_copy;

/// Runs the operation a request was routed to. What is not there answers 501.
pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    match call.operation {
        Operation::AbortMultipartUpload => abort_multipart_upload::run(call).await,
        Operation::CompleteMultipartUpload => complete_multipart_upload::run(call).await,
        Operation::CopyObject => copy_object::run(call).await,
        Operation::CreateBucket => create_bucket::run(call).await,
        Operation::CreateMultipartUpload => create_multipart_upload::run(call).await,
        Operation::DeleteAccountPublicAccessBlock => delete_account_public_access_block::run(call).await,
        Operation::DeleteBucket => delete_bucket::run(call).await,
        Operation::DeleteBucketCors => delete_bucket_cors::run(call).await,
        Operation::DeleteBucketEncryption => delete_bucket_encryption::run(call).await,
        Operation::DeleteBucketOwnershipControls => delete_bucket_ownership_controls::run(call).await,
        Operation::DeleteBucketPolicy => delete_bucket_policy::run(call).await,
        Operation::DeleteBucketTagging => delete_bucket_tagging::run(call).await,
        Operation::DeleteObject => delete_object::run(call).await,
        Operation::DeleteObjectTagging => delete_object_tagging::run(call).await,
        Operation::DeleteObjects => delete_objects::run(call).await,
        Operation::DeletePublicAccessBlock => delete_public_access_block::run(call).await,
        Operation::GetAccountPublicAccessBlock => get_account_public_access_block::run(call).await,
        Operation::GetBucketAcl => get_bucket_acl::run(call).await,
        Operation::GetBucketCors => get_bucket_cors::run(call).await,
        Operation::GetBucketEncryption => get_bucket_encryption::run(call).await,
        Operation::GetBucketLocation => get_bucket_location::run(call).await,
        Operation::GetBucketOwnershipControls => get_bucket_ownership_controls::run(call).await,
        Operation::GetBucketPolicy => get_bucket_policy::run(call).await,
        Operation::GetBucketPolicyStatus => get_bucket_policy_status::run(call).await,
        Operation::GetBucketRequestPayment => get_bucket_request_payment::run(call).await,
        Operation::GetBucketTagging => get_bucket_tagging::run(call).await,
        Operation::GetBucketVersioning => get_bucket_versioning::run(call).await,
        Operation::GetObject => get_object::run(call).await,
        Operation::GetObjectAcl => get_object_acl::run(call).await,
        Operation::GetObjectAttributes => get_object_attributes::run(call).await,
        Operation::GetObjectLegalHold => get_object_legal_hold::run(call).await,
        Operation::GetObjectLockConfiguration => get_object_lock_configuration::run(call).await,
        Operation::GetObjectRetention => get_object_retention::run(call).await,
        Operation::GetObjectTagging => get_object_tagging::run(call).await,
        Operation::GetPublicAccessBlock => get_public_access_block::run(call).await,
        Operation::HeadBucket => head_bucket::run(call).await,
        Operation::HeadObject => head_object::run(call).await,
        Operation::ListBuckets => list_buckets::run(call).await,
        Operation::ListMultipartUploads => list_multipart_uploads::run(call).await,
        Operation::ListObjectVersions => list_object_versions::run(call).await,
        Operation::ListObjects => list_objects::run(call).await,
        Operation::ListObjectsV2 => list_objects_v2::run(call).await,
        Operation::ListParts => list_parts::run(call).await,
        Operation::PostObject => post_object::run(call).await,
        Operation::Preflight => preflight::run(call),
        Operation::PutAccountPublicAccessBlock => put_account_public_access_block::run(call).await,
        Operation::PutBucketAcl => put_bucket_acl::run(call).await,
        Operation::PutBucketCors => put_bucket_cors::run(call).await,
        Operation::PutBucketEncryption => put_bucket_encryption::run(call).await,
        Operation::PutBucketOwnershipControls => put_bucket_ownership_controls::run(call).await,
        Operation::PutBucketPolicy => put_bucket_policy::run(call).await,
        Operation::PutBucketRequestPayment => put_bucket_request_payment::run(call).await,
        Operation::PutBucketTagging => put_bucket_tagging::run(call).await,
        Operation::PutBucketVersioning => put_bucket_versioning::run(call).await,
        Operation::PutObject => put_object::run(call).await,
        Operation::PutObjectAcl => put_object_acl::run(call).await,
        Operation::PutObjectLegalHold => put_object_legal_hold::run(call).await,
        Operation::PutObjectLockConfiguration => put_object_lock_configuration::run(call).await,
        Operation::PutObjectRetention => put_object_retention::run(call).await,
        Operation::PutObjectTagging => put_object_tagging::run(call).await,
        Operation::PutPublicAccessBlock => put_public_access_block::run(call).await,
        Operation::UploadPart => upload_part::run(call).await,
        Operation::UploadPartCopy => upload_part_copy::run(call).await,
        _ => Err(S3Error::new(ErrorCode::NotImplemented)),
    }
}
