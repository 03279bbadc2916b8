//! ListObjects, and how it and ListObjectsV2 show an object.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html>

use larder_engine::{ListObjects, ListPosition, ListedObject, VersionKind};
use larder_http::Response;
use larder_types::{ChecksumAlgorithm, ChecksumType};
use larder_wire::error::S3Error;
use larder_wire::generated::s3::enums;
use larder_wire::generated::s3::shapes::{Object, Owner};
use larder_wire::generated::s3::{ListObjectsInput, ListObjectsOutput};

use crate::call::Call;
use crate::fields::listing::{self, Naming, Owners};
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = ListObjectsInput::decode(&call.parts(), &[])?;
    let naming = Naming::asked(input.encoding_type.as_ref());
    let limit = listing::page_size(input.max_keys);
    let delimiter = listing::given(input.delimiter.as_deref());
    let request = ListObjects {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: delimiter.map(str::to_owned),
        after: match listing::given(input.marker.as_deref()) {
            Some(marker) => ListPosition::AfterKey(marker.to_owned()),
            None => ListPosition::Start,
        },
        limit,
    };
    let page = call.engine.list_objects(call.bucket()?, &request).await.map_err(refusal::of_engine)?;
    let mut owners = Owners::new(call);
    let contents = page.objects.iter().map(|object| shown(object, naming, owners.owner(object.head.owner)));
    // Without a delimiter a client goes on behind the last key.
    let next = page.next.as_ref().filter(|_| delimiter.is_some()).and_then(|next| match next {
        ListPosition::Start => None,
        ListPosition::AfterKey(text) | ListPosition::AfterPrefix(text) => Some(text.as_str()),
    });
    let output = ListObjectsOutput {
        name: Some(input.bucket),
        // Never encoded here, unlike in ListObjectsV2: SDKs do not decode it.
        prefix: Some(request.prefix.clone()),
        marker: Some(naming.show(input.marker.as_deref().unwrap_or_default())),
        next_marker: naming.show_optional(next),
        max_keys: listing::count(limit),
        delimiter: naming.show_optional(delimiter),
        encoding_type: naming.element(),
        is_truncated: Some(page.next.is_some()),
        contents: contents.collect(),
        common_prefixes: naming.common_prefixes(&page.common_prefixes),
        request_charged: None,
    };
    Ok(answer::whole(output.encode()))
}

/// An object as listings show it.
pub(super) fn shown(object: &ListedObject, naming: Naming, owner: Option<Owner>) -> Object {
    let mut answer = Object {
        key: Some(naming.show(object.key.as_str())),
        last_modified: Some(object.head.modified.to_jiff_seconds()),
        owner,
        ..Default::default()
    };
    if let VersionKind::Object(summary) = &object.head.kind {
        answer.etag = Some(summary.etag.to_string());
        answer.size = i64::try_from(summary.size).ok();
        answer.storage_class = Some(summary.class.as_str().into());
        (answer.checksum_algorithm, answer.checksum_type) = checksum(summary.checksum);
    }
    answer
}

/// The kind of an object's checksum.
pub(super) fn checksum(
    checksum: Option<(ChecksumAlgorithm, ChecksumType)>,
) -> (Vec<enums::ChecksumAlgorithm>, Option<enums::ChecksumType>) {
    match checksum {
        Some((algorithm, kind)) => (vec![algorithm.as_str().into()], Some(kind.as_str().into())),
        None => (Vec::new(), None),
    }
}
