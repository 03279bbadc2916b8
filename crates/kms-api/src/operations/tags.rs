//! TagResource, UntagResource, ListResourceTags.

use larder_kms::RequestFacts as Facts;

use super::{Answer, shapes};
use crate::protocol::rules;
use crate::request::Request;

/// Most members of a list of tags: what is over the quota of 50 is refused by it.
pub(crate) const MAX_LISTED: usize = 200;

pub(super) async fn tag(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    let tags = request.tags("Tags", true)?;
    let facts = Facts { request_tags: Some(&tags), ..Facts::default() };
    let key = request.key_by_id(named, "kms:TagResource", &facts)?;
    request.kms.tag_resource(&key, &tags).await?;
    Ok(None)
}

pub(super) async fn untag(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    let keys = request.input.required_texts("TagKeys", &rules::TAG_KEY, MAX_LISTED)?;
    let facts = Facts { tag_keys: Some(&keys), ..Facts::default() };
    let key = request.key_by_id(named, "kms:UntagResource", &facts)?;
    request.kms.untag_resource(&key, &keys).await?;
    Ok(None)
}

pub(super) async fn list(request: &Request<'_>) -> Answer {
    let named = request.input.required("KeyId", &rules::KEY_ID)?;
    let page = request.page(50, 50)?;
    let key = request.key_by_id(named, "kms:ListResourceTags", &Facts::default())?;
    let listed = request.kms.list_resource_tags(&key, page)?;
    Ok(Some(shapes::page("Tags", &listed, shapes::tag)))
}
