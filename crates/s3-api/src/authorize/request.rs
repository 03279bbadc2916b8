//! What a request needs permission for, before anything of its body is read.

use larder_config::tagging::TagSet;
use larder_engine::{Bucket, ObjectVersion};
use larder_types::{ObjectKey, VersionId};
use larder_wire::address::Level;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::operation::{Operation, Verb};

use super::{Permit, Said, Target, Wish};
use crate::call::Call;
use crate::fields::{acl, version};

/// What an upload needs that comes with an ACL.
const SETS_ACL: &str = "s3:PutObjectAcl";

impl Call<'_> {
    /// Asks for what the operation needs by its row of the table and its headers. Operations whose permissions depend on
    /// their document ask for themselves.
    ///
    /// # Errors
    /// As [`Call::require`].
    pub(crate) async fn authorize(&self) -> Result<Permit, S3Error> {
        if asks_for_itself(self.operation) {
            return Ok(Permit::default());
        }
        let tags = self.tags_in_header();
        let said = Said { tags: tags.as_ref(), ..Said::default() };
        let target = self.target()?;
        let mut permit = Permit::default();
        for action in self.actions() {
            permit = permit.and(self.require(Wish::of(action, target).saying(said)).await?);
        }
        if let Some(key) = &self.key {
            self.authorize_headers(self.headers, key, said).await?;
        }
        if let Some(bucket) = self.bucket.as_deref() {
            self.require_payer(bucket)?;
        }
        Ok(permit)
    }

    /// Refuses an object that was found and that the request's permission is not about: the key held another one then.
    ///
    /// # Errors
    /// `AccessDenied`.
    pub(crate) fn check_found(&self, found: &ObjectVersion) -> Result<(), S3Error> {
        let target = self.target()?;
        self.actions().iter().try_for_each(|action| self.check_permit(&self.permit, &Wish::of(action, target), found))
    }

    /// Whether retention in governance mode is to be bypassed: asked for, and permitted.
    ///
    /// # Errors
    /// Those of deciding.
    pub(crate) async fn bypasses_governance(&self, asked: Option<bool>, target: Target<'_>) -> Result<bool, S3Error> {
        Ok(asked.unwrap_or(false) && self.may(Wish::of("s3:BypassGovernanceRetention", target)).await?)
    }

    /// Asks for what headers of an upload need besides: those of `headers`, which a form's fields may stand for. Where ACLs
    /// count, what is written belongs to its sender at first: another account's bucket policy need not let it set the list.
    ///
    /// # Errors
    /// As [`Call::require`].
    pub(crate) async fn authorize_headers(
        &self,
        headers: &http::HeaderMap,
        key: &ObjectKey,
        said: Said<'_>,
    ) -> Result<(), S3Error> {
        let bucket = self.bucket()?;
        for action in self.actions_of_headers(headers) {
            let target = match action {
                SETS_ACL => Target::Written(bucket, key),
                _ => Target::Key(bucket, key, None),
            };
            self.require(Wish::of(action, target).saying(said)).await?;
        }
        Ok(())
    }

    fn actions_of_headers(&self, headers: &http::HeaderMap) -> Vec<&'static str> {
        let mut actions = Vec::new();
        let uploads = matches!(
            self.operation,
            Operation::PutObject | Operation::CopyObject | Operation::CreateMultipartUpload | Operation::PostObject
        );
        if !uploads {
            return actions;
        }
        let sets_acl = || headers.keys().any(|name| name == "x-amz-acl" || name.as_str().starts_with("x-amz-grant-"));
        if !self.bucket.as_deref().is_none_or(acl::disabled) && sets_acl() {
            actions.push(SETS_ACL);
        }
        let has = |name: &str| headers.get(name).is_some_and(|value| !value.is_empty());
        if has("x-amz-tagging") {
            actions.push("s3:PutObjectTagging");
        }
        if has("x-amz-object-lock-mode") || has("x-amz-object-lock-retain-until-date") {
            actions.push("s3:PutObjectRetention");
        }
        if has("x-amz-object-lock-legal-hold") {
            actions.push("s3:PutObjectLegalHold");
        }
        actions
    }

    /// Refuses strangers who do not say that they pay, in a bucket whose owner does not.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html>
    pub(crate) fn require_payer(&self, bucket: &Bucket) -> Result<(), S3Error> {
        let pays = self.headers.get("x-amz-request-payer").is_some_and(|payer| payer == "requester");
        match self.caller.principal.account() {
            _ if !bucket.record.requester_pays => Ok(()),
            Some(account) if account == bucket.record.owner || pays => Ok(()),
            _ => Err(S3Error::new(ErrorCode::AccessDenied)),
        }
    }

    /// Whether the operation reads the object that its key holds.
    pub(crate) fn reads_object(&self) -> bool {
        self.operation.verb().reads() && is_on_object(self.operation)
    }

    /// What the operation is on.
    pub(crate) fn target(&self) -> Result<Target<'_>, S3Error> {
        Ok(match self.operation.level() {
            Level::Service => Target::Service,
            Level::Account => Target::Account,
            Level::Bucket if self.operation == Operation::CreateBucket => {
                Target::NewBucket(self.bucket_name.unwrap_or_default())
            }
            Level::Bucket => Target::Bucket(self.bucket()?),
            Level::Object if is_on_object(self.operation) => {
                Target::Object(self.bucket()?, self.key()?, self.asked_version())
            }
            Level::Object => Target::Key(self.bucket()?, self.key()?, self.asked_version()),
        })
    }

    fn actions(&self) -> &'static [&'static str] {
        self.operation.actions(self.query.has("versionId"))
    }

    /// The version that the query names. What is no version id is refused by the operation.
    fn asked_version(&self) -> Option<VersionId> {
        version::parse(self.query.get("versionId")).ok().flatten()
    }

    /// The tags that an upload's header gives. What is malformed is refused by the operation.
    fn tags_in_header(&self) -> Option<TagSet> {
        TagSet::from_header(self.headers.get("x-amz-tagging")?.to_str().ok()?).ok()
    }
}

/// Operations that need to know their document, or what is in their form, before they know what to ask for.
fn asks_for_itself(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::CreateBucket
            | Operation::DeleteObjects
            | Operation::PostObject
            | Operation::Preflight
            | Operation::PutBucketTagging
            | Operation::PutObjectLegalHold
            | Operation::PutObjectRetention
            | Operation::PutObjectTagging
    )
}

/// Whether an operation on a key is about the object that is there, and so about its owner's permission.
fn is_on_object(operation: Operation) -> bool {
    if operation.level() != Level::Object {
        return false;
    }
    let reads = matches!(operation.verb(), Verb::Get | Verb::Head) && operation != Operation::ListParts;
    let changes = matches!(
        operation,
        Operation::DeleteObjectTagging
            | Operation::PutObjectAcl
            | Operation::PutObjectLegalHold
            | Operation::PutObjectRetention
            | Operation::PutObjectTagging
            | Operation::RestoreObject
            | Operation::SelectObjectContent
            | Operation::UpdateObjectEncryption
    );
    reads || changes
}
