//! The values of condition keys.
//! <https://docs.aws.amazon.com/kms/latest/developerguide/policy-conditions.html>

use std::borrow::Cow;

use larder_policy::{Context, Values};

use super::{Asker, RequestFacts};
use crate::Key;

/// Everything that conditions on a request to KMS can ask for.
#[derive(Clone, Copy)]
pub(super) struct KeyContext<'a> {
    pub(super) asker: Asker<'a>,
    pub(super) key: Option<&'a Key>,
    pub(super) facts: &'a RequestFacts<'a>,
}

impl Context for KeyContext<'_> {
    fn get(&self, key: &str, suffix: Option<&str>) -> Option<Values<'_>> {
        match (key.strip_prefix("kms:"), key, suffix) {
            (Some(name), _, suffix) => {
                if let Some(pair) = name.strip_prefix("encryptioncontext:") {
                    return self.encryption_context(pair, suffix).map(one);
                }
                if suffix.is_some() {
                    return None;
                }
                self.of_key(name).or_else(|| self.of_operation(name)).or_else(|| self.of_grant(name))
            }
            (None, "aws:requesttag", Some(tag_key)) => {
                let tag = self.facts.request_tags?.iter().find(|tag| tag.key == tag_key);
                tag.map(|tag| one(Cow::Borrowed(tag.value.as_str())))
            }
            (None, "aws:resourcetag", Some(tag_key)) => {
                let tag = self.key?.tags().iter().find(|tag| tag.key == tag_key);
                tag.map(|tag| one(Cow::Borrowed(tag.value.as_str())))
            }
            (None, "aws:tagkeys", None) => {
                let named = self.facts.tag_keys.map(|keys| keys.iter().map(|key| Cow::Borrowed(*key)).collect());
                let of_tags = || {
                    self.facts.request_tags.map(|tags| tags.iter().map(|tag| Cow::Borrowed(tag.key.as_str())).collect())
                };
                named.or_else(of_tags).map(Values::Many)
            }
            (None, ..) => self.asker.context.get(key, suffix),
        }
    }
}

impl KeyContext<'_> {
    /// `kms:EncryptionContext:NAME`. AWS compares names in condition keys without case. A slash in the name came off as the
    /// suffix.
    fn encryption_context(&self, name: &str, suffix: Option<&str>) -> Option<Cow<'_, str>> {
        let whole = match suffix {
            Some(suffix) => Cow::Owned(format!("{name}/{suffix}")),
            None => Cow::Borrowed(name),
        };
        let mut pairs = self.facts.encryption_context?.iter();
        pairs.find(|(known, _)| known.to_lowercase() == whole.to_lowercase()).map(|(_, value)| Cow::Borrowed(value))
    }

    /// What the key is; for a new key what it is to be.
    fn of_key(&self, name: &str) -> Option<Values<'_>> {
        let facts = self.facts;
        let text = match name {
            "keyspec" | "customermasterkeyspec" => self.key.map(Key::spec).or(facts.key_spec)?.as_str(),
            "keyusage" | "customermasterkeyusage" => self.key.map(Key::usage).or(facts.key_usage)?.as_str(),
            "keyorigin" => self.key.map(Key::origin).or(facts.key_origin)?.as_str(),
            "multiregion" => truth(self.key.map(Key::is_multi_region).or(facts.multi_region)?),
            "multiregionkeytype" => {
                let key = self.key.filter(|key| key.is_multi_region())?;
                if key.is_primary() { "PRIMARY" } else { "REPLICA" }
            }
            "resourcealiases" => {
                return Some(Values::Many(self.key?.aliases().map(|name| Cow::Borrowed(&**name)).collect()));
            }
            _ => return None,
        };
        Some(one(Cow::Borrowed(text)))
    }

    /// What the operation is given.
    fn of_operation(&self, name: &str) -> Option<Values<'_>> {
        let facts = self.facts;
        let text: Cow<'_, str> = match name {
            "viaservice" => facts.via_service?.into(),
            "calleraccount" => self.asker.principal.account()?.to_string().into(),
            "encryptioncontextkeys" => {
                let names = facts.encryption_context?.iter().map(|(name, _)| Cow::Borrowed(name));
                return Some(Values::Many(names.collect()));
            }
            "requestalias" => facts.request_alias?.into(),
            "encryptionalgorithm" => facts.encryption_algorithm?.as_str().into(),
            "signingalgorithm" => facts.signing_algorithm?.as_str().into(),
            "macalgorithm" => facts.mac_algorithm?.as_str().into(),
            "messagetype" => facts.message_type?.as_str().into(),
            "datakeypairspec" => facts.data_key_pair_spec?.as_str().into(),
            "bypasspolicylockoutsafetycheck" => truth(facts.bypass_policy_lockout_safety_check?).into(),
            "schedulekeydeletionpendingwindowindays" => facts.pending_window_days?.to_string().into(),
            "rotationperiodindays" => facts.rotation_period_days?.to_string().into(),
            "replicaregion" => facts.replica_region?.as_str().into(),
            "primaryregion" => facts.primary_region?.as_str().into(),
            "validto" => facts.valid_to?.to_jiff_seconds().to_string().into(),
            "expirationmodel" => facts.expiration_model?.as_str().into(),
            "wrappingalgorithm" => facts.wrapping_algorithm?.as_str().into(),
            "wrappingkeyspec" => facts.wrapping_key_spec?.as_str().into(),
            "reencryptonsamekey" => truth(facts.re_encrypt_on_same_key?).into(),
            _ => return None,
        };
        Some(one(text))
    }

    fn of_grant(&self, name: &str) -> Option<Values<'_>> {
        if name == "grantisforawsresource" {
            return Some(one(truth(self.facts.grant_is_for_aws_resource?).into()));
        }
        let grant = self.facts.grant?;
        Some(match name {
            "granteeprincipal" => one(grant.grantee.into()),
            "retiringprincipal" => one(grant.retiring?.into()),
            "grantoperations" => {
                Values::Many(grant.operations.iter().map(|operation| operation.as_str().into()).collect())
            }
            // A grant with both kinds counts as the stricter.
            "grantconstrainttype" if grant.constraints.equals.is_some() => one("EncryptionContextEquals".into()),
            "grantconstrainttype" if grant.constraints.subset.is_some() => one("EncryptionContextSubset".into()),
            _ => return None,
        })
    }
}

fn one(text: Cow<'_, str>) -> Values<'_> {
    Values::One(text)
}

fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
