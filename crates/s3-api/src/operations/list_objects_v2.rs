//! ListObjectsV2. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>

use larder_engine::{ListObjects, ListPosition};
use larder_http::Response;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::{ListObjectsV2Input, ListObjectsV2Output};

use super::list_objects::shown;
use crate::call::Call;
use crate::fields::listing::{self, Naming, Owners};
use crate::fields::token;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = ListObjectsV2Input::decode(&call.parts(), &[])?;
    let naming = Naming::asked(input.encoding_type.as_ref());
    let limit = listing::page_size(input.max_keys);
    let delimiter = listing::given(input.delimiter.as_deref());
    let request = ListObjects {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: delimiter.map(str::to_owned),
        after: position(input.continuation_token.as_deref(), input.start_after.as_deref())?,
        limit,
    };
    let page = call.engine.list_objects(call.bucket()?, &request).await.map_err(refusal::of_engine)?;
    let with_owner = input.fetch_owner.unwrap_or(false);
    let mut owners = Owners::new(call);
    let contents = page.objects.iter().map(|object| {
        let owner = if with_owner { owners.owner(object.head.owner) } else { None };
        shown(object, naming, owner)
    });
    let output = ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(naming.show(&request.prefix)),
        start_after: naming.show_optional(input.start_after.as_deref()),
        continuation_token: input.continuation_token,
        next_continuation_token: page.next.as_ref().and_then(token::of_objects),
        key_count: listing::count(page.objects.len() + page.common_prefixes.len()),
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

/// Behind what the page starts: `start-after` is of the first page only, and an empty token asks for that.
fn position(token: Option<&str>, start_after: Option<&str>) -> Result<ListPosition, S3Error> {
    match (listing::given(token), listing::given(start_after)) {
        (Some(token), _) => token::objects(token),
        (None, Some(key)) => Ok(ListPosition::AfterKey(key.to_owned())),
        (None, None) => Ok(ListPosition::Start),
    }
}
