//! A request to KMS, and what its operation needs of it: the key that it names, once the caller may use it.

use std::collections::BTreeMap;
use std::sync::Arc;

use larder_access::{CallerPolicies, GlobalContext};
use larder_identity::{Caller, Identity};
use larder_kms::{
    Asker, Decrypt, EncryptionContext, Key, Kms, KmsErrorKind, Page, RequestClass, RequestFacts as Facts, Tag, Target,
    request_alias,
};
use larder_policy::Documents;
use larder_types::{AccountId, Region};

use crate::denial;
use crate::operations::tags::MAX_LISTED;
use crate::protocol::{Code, Fault, Input, rules};

/// Most grant tokens of a request.
const MAX_GRANT_TOKENS: usize = 10;

/// A request.
pub(crate) struct Request<'a> {
    pub(crate) kms: &'a Kms,
    pub(crate) identity: &'a Identity,
    pub(crate) caller: &'a Caller,
    /// The caller's account.
    pub(crate) account: AccountId,
    /// The region that it is signed for.
    pub(crate) region: &'a Region,
    pub(crate) input: Input,
    /// The global condition keys, for a resource of the caller's account.
    pub(crate) own: GlobalContext<'a>,
}

impl Request<'_> {
    /// The caller's own policies.
    pub(crate) fn policies(&self) -> CallerPolicies<'_> {
        CallerPolicies::of(self.caller)
    }

    /// Who asks for something of the caller's account.
    pub(crate) fn asker<'b>(&'b self, policies: &'b CallerPolicies<'_>) -> Asker<'b> {
        Asker { principal: &self.caller.principal, documents: policies.documents(), context: &self.own }
    }

    /// Whether a principal that a policy or a grant names is there.
    pub(crate) fn has_principal(&self, named: &str) -> bool {
        self.identity.directory().has_principal(named)
    }

    /// Counts the request against a quota.
    pub(crate) fn take(&self, region: &Region, class: RequestClass) -> Result<(), Fault> {
        let taken = self.kms.take(self.account, region, class);
        taken.map_err(|throttled| Fault::new(Code::THROTTLING, throttled.to_string()))
    }

    /// The key that the request names, if the caller may do the action with it.
    pub(crate) fn key(&self, named: &str, action: &str, facts: &Facts<'_>) -> Result<Arc<Key>, Fault> {
        let facts = Facts { request_alias: request_alias(named), ..*facts };
        match self.kms.find(self.region, self.account, named) {
            Ok(key) => {
                self.allow_as(&key, named, action, &facts)?;
                Ok(key)
            }
            Err(error) => Err(self.not_found(named, action, &facts, error.into())),
        }
    }

    /// As [`Request::key`], for operations that take no alias.
    pub(crate) fn key_by_id(&self, named: &str, action: &str, facts: &Facts<'_>) -> Result<Arc<Key>, Fault> {
        match self.kms.find_by_id(self.region, self.account, named) {
            Ok(key) => {
                self.allow_as(&key, named, action, facts)?;
                Ok(key)
            }
            Err(error) => Err(self.not_found(named, action, facts, error.into())),
        }
    }

    /// A key of the caller's own account that the request names, whatever the caller may do with it. Nothing is told of keys of
    /// other accounts.
    pub(crate) fn own_key(&self, named: &str, action: &str) -> Result<Arc<Key>, Fault> {
        let hidden = || denial::hidden(self.caller, action);
        if account_of(named).is_some_and(|account| account != self.account) {
            return Err(hidden());
        }
        Ok(self.kms.find_by_id(self.region, self.account, named)?)
    }

    /// The key that the request names, of any account, of which nothing is told before its permission is asked for.
    pub(crate) fn any_key(&self, named: &str, action: &str) -> Result<Arc<Key>, Fault> {
        let found = self.kms.find_by_id(self.region, self.account, named);
        found.map_err(|error| self.not_found(named, action, &Facts::default(), error.into()))
    }

    /// The key that is to decrypt: the one that the request names or else the one that the ciphertext names.
    pub(crate) fn source_key(
        &self,
        named: Option<&str>,
        sealed: &Decrypt<'_>,
        action: &str,
        facts: &Facts<'_>,
    ) -> Result<Arc<Key>, Fault> {
        // Asked for before anything is told of whether the ciphertext is this key's.
        let permitted = named.map(|named| self.key(named, action, facts)).transpose()?;
        // By its ARN from here on: an alias may mean another key by now, which nobody was asked about.
        let arn = permitted.as_ref().map(|key| &**key.arn());
        let key = self.kms.source_key(self.region, self.account, arn, sealed);
        let key = key.map_err(|error| match error.kind {
            // What another account has must look like what nobody has.
            KmsErrorKind::AccessDenied => denial::hidden(self.caller, action),
            _ => error.into(),
        })?;
        if named.is_none() {
            self.allow_as(&key, key.arn(), action, facts)?;
        }
        Ok(key)
    }

    /// Requires the permission on a key.
    pub(crate) fn allow(&self, key: &Key, action: &str, facts: &Facts<'_>) -> Result<(), Fault> {
        self.allow_as(key, key.arn(), action, facts)
    }

    fn allow_as(&self, key: &Key, named: &str, action: &str, facts: &Facts<'_>) -> Result<(), Fault> {
        let context = GlobalContext { resource_account: Some(key.account()), ..self.own };
        let policies = self.policies();
        let principal = &self.caller.principal;
        let asker = Asker { principal, documents: policies.documents(), context: &context };
        let decision = self.kms.authorize(Target::Key(key), action, asker, facts);
        if decision.allowed {
            return Ok(());
        }
        tracing::debug!(action, key = %key.arn(), reason = ?decision.reason, "denied");
        if key.account() != self.account {
            return Err(denial::of_another(self.caller, action, named, &decision.reason));
        }
        let delegates = || {
            let owner = self.identity.directory().account(self.account).map(|state| state.account().owner.clone());
            owner.is_some_and(|owner| {
                let canonical_id = owner.canonical_id;
                let root = larder_policy::Principal::Root { account: self.account, canonical_id };
                let asker = Asker { principal: &root, documents: Documents::default(), context: &context };
                self.kms.authorize(Target::Key(key), action, asker, facts).allowed
            })
        };
        Err(denial::of_own(self.caller, action, key.arn(), &decision.reason, delegates))
    }

    /// Requires the permission on what is no resource of its own.
    pub(crate) fn allow_in_account(&self, action: &str, facts: &Facts<'_>) -> Result<(), Fault> {
        self.allow_on(Target::Account(self.account), "*", action, facts)
    }

    /// Requires the permission on an alias of the caller's account.
    pub(crate) fn allow_alias(&self, name: &str, action: &str, facts: &Facts<'_>) -> Result<(), Fault> {
        self.allow_resource(name, action, facts)
    }

    /// Requires the permission on a key that is not there yet.
    pub(crate) fn allow_on_new_key(&self, action: &str, facts: &Facts<'_>) -> Result<(), Fault> {
        self.allow_resource("key/*", action, facts)
    }

    /// Requires that the caller's own policies allow it on a resource of its account, which only they are asked about.
    fn allow_resource(&self, resource: &str, action: &str, facts: &Facts<'_>) -> Result<(), Fault> {
        let target = Target::Alias { account: self.account, region: self.region, name: resource };
        let arn = format!("arn:aws:kms:{}:{}:{resource}", self.region, self.account);
        self.allow_on(target, &arn, action, facts)
    }

    fn allow_on(&self, target: Target<'_>, resource: &str, action: &str, facts: &Facts<'_>) -> Result<(), Fault> {
        let policies = self.policies();
        let decision = self.kms.authorize(target, action, self.asker(&policies), facts);
        if decision.allowed {
            return Ok(());
        }
        tracing::debug!(action, resource, reason = ?decision.reason, "denied");
        Err(denial::of_own(self.caller, action, resource, &decision.reason, || true))
    }

    /// The refusal for a key that is not there: whoever may not use it if it were is not told. It is taken to be any key of
    /// the account, as what it would be is not known.
    fn not_found(&self, named: &str, action: &str, facts: &Facts<'_>, told: Fault) -> Fault {
        if account_of(named).is_some_and(|account| account != self.account) {
            let policies = self.policies();
            let resource = named.splitn(6, ':').nth(5).unwrap_or_default();
            let target = Target::Alias { account: self.account, region: self.region, name: resource };
            let decision = self.kms.authorize(target, action, self.asker(&policies), facts);
            return match decision.allowed {
                true => denial::hidden(self.caller, action),
                false => denial::of_another(self.caller, action, named, &decision.reason),
            };
        }
        let id = named.rsplit('/').next().unwrap_or_default();
        let resource = match request_alias(named) {
            None if !id.contains(['*', '?']) => format!("key/{id}"),
            _ => "key/*".to_owned(),
        };
        self.allow_resource(&resource, action, facts).err().unwrap_or(told)
    }

    /// Requires the permission to retire a grant.
    pub(crate) fn allow_retire(&self, key: &Key, grant: &str) -> Result<(), Fault> {
        let action = "kms:RetireGrant";
        let Some(grant) = key.grants().find(|known| *known.id == *grant) else {
            return self.allow(key, action, &Facts::default());
        };
        let context = GlobalContext { resource_account: Some(key.account()), ..self.own };
        let policies = self.policies();
        let principal = &self.caller.principal;
        let asker = Asker { principal, documents: policies.documents(), context: &context };
        let decision = self.kms.authorize_retire(key, grant, asker, &Facts::default());
        if decision.allowed {
            return Ok(());
        }
        tracing::debug!(action, key = %key.arn(), reason = ?decision.reason, "denied");
        if key.account() != self.account {
            return Err(denial::of_another(self.caller, action, key.arn(), &decision.reason));
        }
        Err(denial::of_own(self.caller, action, key.arn(), &decision.reason, || true))
    }

    /// Whether a name is this alias of the caller's account in the request's region.
    pub(crate) fn is_own_alias(&self, named: &str, alias: &str) -> bool {
        named == alias || named == format!("arn:aws:kms:{}:{}:{alias}", self.region, self.account)
    }

    /// Which part of a list is asked for.
    pub(crate) fn page(&self, most: u32, default: usize) -> Result<Page<'_>, Fault> {
        let limit = self.input.number("Limit", 1..=most)?.map_or(default, |limit| limit as usize);
        Ok(Page { limit, marker: self.input.text("Marker", &rules::MARKER)? })
    }

    /// The tags of this member.
    pub(crate) fn tags(&self, name: &str, required: bool) -> Result<Vec<Tag>, Fault> {
        let tags = match required {
            true => self.input.required_objects(name, MAX_LISTED)?,
            false => self.input.objects(name, MAX_LISTED)?,
        };
        let read = |tag: &Input| {
            let key = tag.required("TagKey", &rules::TAG_KEY)?.to_owned();
            Ok(Tag { key, value: tag.required("TagValue", &rules::TAG_VALUE)?.to_owned() })
        };
        tags.iter().map(read).collect()
    }

    /// The encryption context of this member; without it an empty one.
    pub(crate) fn encryption_context(&self, name: &str) -> Result<EncryptionContext, Fault> {
        let pairs: BTreeMap<String, String> = self.input.map(name)?.unwrap_or_default();
        Ok(EncryptionContext::new(pairs)?)
    }

    /// Refuses grant tokens that are none. Grants count at once, so that a good token changes nothing.
    pub(crate) fn check_grant_tokens(&self) -> Result<(), Fault> {
        for token in self.input.texts("GrantTokens", &rules::GRANT_TOKEN, MAX_GRANT_TOKENS)? {
            match self.kms.grant_of_token(token) {
                // What it was for may be gone.
                Err(error) if error.kind == KmsErrorKind::InvalidGrantToken => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// The refusal of what was only to be tried out, once all else is well.
    pub(crate) fn end_dry_run(&self, is_dry: bool) -> Result<(), Fault> {
        if is_dry {
            return Err(Fault::new(Code::DRY_RUN, "The request would have succeeded, but the DryRun option is set."));
        }
        Ok(())
    }
}

/// The account that an ARN names.
fn account_of(named: &str) -> Option<AccountId> {
    let account = named.strip_prefix("arn:")?.split(':').nth(3)?;
    AccountId::parse(account).ok()
}
