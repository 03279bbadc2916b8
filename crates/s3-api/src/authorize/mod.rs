//! May this caller do this? Every permission that an operation needs is asked for here, as a [`Wish`].
//!
//! What decides is `larder_policy::evaluate`; this module gathers what it decides over: the caller's policies, the
//! bucket's policy and ACL, the object's owner and ACL where they count, Block Public Access, and the condition keys.

mod context;
mod documents;
mod object;
mod request;
mod subject;

use larder_access::CallerPolicies;
use larder_engine::Bucket;
use larder_policy::acl::{Via, needs_ownership};
use larder_policy::{Decision, Documents, Named, Principal, Query, Reason, evaluate};
use larder_types::{AccountId, ObjectKey};
use larder_wire::error::{ErrorCode, S3Error};

pub(crate) use context::Said;
use context::{RequestContext, S3Context};
pub(crate) use documents::BucketPolicies;
pub(crate) use object::{Permit, Seen};
pub(crate) use subject::{Target, Wish};

use crate::call::Call;
use crate::fields::{acl, public_access};

impl Call<'_> {
    /// Refuses what the caller may not do.
    ///
    /// # Errors
    /// `AccessDenied`; `NoSuchKey` instead where the object is missing and the caller could see so in a listing.
    pub(crate) async fn require(&self, wish: Wish<'_>) -> Result<Permit, S3Error> {
        let (decision, seen) = self.decide(&wish).await?;
        if decision.allowed {
            return Ok(Permit::new(&seen));
        }
        if let (true, Target::Object(bucket, key, _)) = (seen.is_missing(), wish.target)
            && wish.reads_object()
            && self.may_list(bucket, key).await?
        {
            return Err(S3Error::new(ErrorCode::NoSuchKey));
        }
        self.log_denial(&wish, &decision);
        Err(S3Error::new(ErrorCode::AccessDenied))
    }

    /// Whether the caller may do something, where a "no" is no refusal.
    ///
    /// # Errors
    /// Those of looking at the object.
    pub(crate) async fn may(&self, wish: Wish<'_>) -> Result<bool, S3Error> {
        Ok(self.decide(&wish).await?.0.allowed)
    }

    /// The error of a read that found no object, as the caller may see it: whoever may not list a bucket is not told what is
    /// not in it. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
    pub(crate) async fn veil(&self, bucket: &Bucket, key: &ObjectKey, error: S3Error) -> S3Error {
        if error.code() != ErrorCode::NoSuchKey {
            return error;
        }
        match self.may_list(bucket, key).await {
            Ok(true) => error,
            Ok(false) => S3Error::new(ErrorCode::AccessDenied),
            Err(failed) => failed,
        }
    }

    /// Whether the caller could see in a listing that a key is missing.
    async fn may_list(&self, bucket: &Bucket, key: &ObjectKey) -> Result<bool, S3Error> {
        let said = Said { prefix: Some(key.as_str()), ..Said::default() };
        let listing = Wish::of("s3:ListBucket", Target::Bucket(bucket)).saying(said);
        Ok(Box::pin(self.decide(&listing)).await?.0.allowed)
    }

    /// Refuses an object that was found if the decision was about another one that the key held before it.
    ///
    /// # Errors
    /// `AccessDenied`.
    pub(crate) fn check_permit(
        &self,
        permit: &Permit,
        wish: &Wish<'_>,
        found: &larder_engine::ObjectVersion,
    ) -> Result<(), S3Error> {
        if permit.covers(found) {
            return Ok(());
        }
        let decision = self.evaluate(wish, &Seen::Object(Box::new(found.into())), &RequestContext::new(self));
        if decision.allowed {
            return Ok(());
        }
        self.log_denial(wish, &decision);
        Err(S3Error::new(ErrorCode::AccessDenied))
    }

    /// Decides, looking at the object or upload only when something depends on it.
    async fn decide(&self, wish: &Wish<'_>) -> Result<(Decision, Seen), S3Error> {
        let mut seen = Seen::NotLooked;
        let by_owner = wish.is_on_object() || needs_ownership(wish.action);
        if by_owner && !wish.target.bucket().is_none_or(acl::disabled) {
            seen = object::look(self, wish).await?;
        }
        let request = RequestContext::new(self);
        let mut decision = self.evaluate(wish, &seen, &request);
        let may_matter = request.wanted_object() || (!decision.allowed && wish.is_on_upload());
        if may_matter && matches!(seen, Seen::NotLooked) {
            seen = object::look(self, wish).await?;
            decision = self.evaluate(wish, &seen, &RequestContext::new(self));
        }
        Ok((decision, seen))
    }

    /// Decides over what is at hand.
    fn evaluate(&self, wish: &Wish<'_>, seen: &Seen, request: &RequestContext<'_>) -> Decision {
        let caller = &*self.caller;
        let bucket = wish.target.bucket();
        let owner = self.owner_of_resource(wish, seen);
        let Some(owner) = owner else { return nothing_allows() };
        let context = S3Context { request, wish, seen, resource_account: owner };
        let resource = wish.target.arn();
        let query = Query {
            principal: &caller.principal,
            action: wish.action,
            resource: &resource,
            resource_account: owner,
            context: &context,
        };
        let policy = match bucket.map(|bucket| self.policies.of(bucket)).transpose() {
            Ok(policy) => policy.flatten(),
            // It was valid when it was stored; not knowing what it denies, nothing can be allowed.
            Err(error) => {
                tracing::error!(%error, bucket = bucket.map(|bucket| bucket.name.as_str()), "a stored bucket policy cannot be read");
                return nothing_allows();
            }
        };
        let block = bucket.map(|bucket| public_access::in_force(self, bucket)).unwrap_or_default();
        let via = bucket.and_then(|bucket| object::allowed_by_acl(self, wish, bucket, seen, block));
        let own = CallerPolicies::of(caller);
        let documents = Documents {
            resource: policy.as_deref().map(|policy| Named { name: "bucket policy", policy }),
            resource_only_denies: bucket.is_some_and(|bucket| bucket.record.owner != owner),
            acl_allows: via.is_some(),
            acl_allows_group: via == Some(Via::Group),
            restrict_public: block.restrict_public_buckets
                && policy.as_deref().is_some_and(larder_policy::Policy::is_public),
            // What nobody signed has nobody's permission; whoever may write it may say how.
            allowed_by_default: matches!(wish.target, Target::Written(bucket, _) if !acl::disabled(bucket))
                && caller.principal == Principal::Anonymous,
            ..own.documents()
        };
        evaluate(&query, &documents)
    }

    /// Whose resource a wish is about; `None` for what is nobody's, which nobody may have.
    fn owner_of_resource(&self, wish: &Wish<'_>, seen: &Seen) -> Option<AccountId> {
        let Some(bucket) = wish.target.bucket() else {
            // What is not there yet will be the caller's.
            return self.caller.principal.account();
        };
        if matches!(wish.target, Target::Written(..)) && !acl::disabled(bucket) {
            return Some(self.caller.principal.account().unwrap_or(bucket.record.owner));
        }
        match seen {
            Seen::Object(object) if wish.is_on_object() && !acl::disabled(bucket) => Some(object.owner),
            _ => Some(bucket.record.owner),
        }
    }

    fn log_denial(&self, wish: &Wish<'_>, decision: &Decision) {
        tracing::debug!(
            principal = ?self.caller.principal,
            action = wish.action,
            resource = %wish.target.arn(),
            reason = ?decision.reason,
            "denied"
        );
    }
}

fn nothing_allows() -> Decision {
    Decision { allowed: false, reason: Reason::NothingAllows }
}
