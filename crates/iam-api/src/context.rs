//! The condition keys of IAM and STS, on top of the global ones.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>

use std::borrow::Cow;

use larder_identity::Tag;
use larder_policy::{Context, Values};

use crate::protocol::{Fault, rules};
use crate::request::Request;
use crate::target::{Resource, Target};

/// The operations that set the boundary of a user or role.
const SETS_BOUNDARY: [&str; 4] =
    ["CreateUser", "CreateRole", "PutUserPermissionsBoundary", "PutRolePermissionsBoundary"];

/// The condition keys of one request about one resource.
pub(crate) struct Keys<'a> {
    global: &'a dyn Context,
    /// `iam:PolicyARN`: what is attached or detached.
    policy: Option<String>,
    /// `iam:PermissionsBoundary`: the boundary that the operation sets or, where it sets none, that of the user or role.
    boundary: Option<String>,
    /// `aws:TagKeys`; `None` when the request is about no tags.
    tag_keys: Option<Vec<String>>,
    /// `aws:RequestTag`.
    request_tags: Vec<Tag>,
    /// `aws:ResourceTag` and `iam:ResourceTag`.
    resource_tags: Vec<Tag>,
}

impl<'a> Keys<'a> {
    /// The global keys and those of the tags that a request gives or, by their keys, takes away.
    pub(crate) fn new(global: &'a dyn Context, given: Vec<Tag>, removed: &[&str]) -> Self {
        let removed = removed.iter().map(|key| (*key).to_owned());
        let names: Vec<String> = given.iter().map(|tag| tag.key.clone()).chain(removed).collect();
        Self {
            global,
            policy: None,
            boundary: None,
            tag_keys: Some(names).filter(|names| !names.is_empty()),
            request_tags: given,
            resource_tags: Vec::new(),
        }
    }

    /// The keys of an IAM operation. A parameter gives one only where the operation itself acts on it: others are ignored, as
    /// AWS ignores them, and a caller who adds one must not get a condition fulfilled by it.
    pub(crate) fn of(request: &Request<'a>, target: Target, resource: &Resource) -> Result<Self, Fault> {
        let (input, action) = (&request.input, request.action);
        let gives_tags = action.starts_with("Tag") || target.tagging_action().is_some();
        let given = if gives_tags { input.tags()? } else { Vec::new() };
        let removed = if action.starts_with("Untag") { input.texts("TagKeys", &rules::TAG_KEY)? } else { Vec::new() };
        let mut keys = Self::new(request.context, given, &removed);
        if action.starts_with("Attach") || action.starts_with("Detach") {
            keys.policy = input.optional("PolicyArn", &rules::ARN)?.map(str::to_owned);
        }
        let asked = if SETS_BOUNDARY.contains(&action) {
            input.optional("PermissionsBoundary", &rules::ARN)?
        } else {
            resource.boundary.as_deref()
        };
        keys.boundary = asked.map(str::to_owned);
        keys.resource_tags.clone_from(&resource.tags);
        Ok(keys)
    }
}

impl Context for Keys<'_> {
    fn get(&self, key: &str, suffix: Option<&str>) -> Option<Values<'_>> {
        match (key, suffix) {
            ("aws:requesttag", Some(name)) => tag(&self.request_tags, name),
            ("aws:resourcetag" | "iam:resourcetag", Some(name)) => tag(&self.resource_tags, name),
            ("aws:tagkeys", None) => {
                let names = self.tag_keys.as_ref()?;
                Some(Values::Many(names.iter().map(|name| Cow::Borrowed(name.as_str())).collect()))
            }
            ("iam:policyarn", None) => one(self.policy.as_deref()),
            ("iam:permissionsboundary", None) => one(self.boundary.as_deref()),
            _ => self.global.get(key, suffix),
        }
    }
}

fn one(value: Option<&str>) -> Option<Values<'_>> {
    value.map(|value| Values::One(Cow::Borrowed(value)))
}

/// Keys of tags in IAM do not depend on case.
fn tag<'a>(tags: &'a [Tag], name: &str) -> Option<Values<'a>> {
    let found = tags.iter().find(|tag| tag.key.eq_ignore_ascii_case(name))?;
    Some(Values::One(Cow::Borrowed(&found.value)))
}
