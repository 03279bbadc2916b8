//! ListMultipartUploads. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html>

use larder_engine::{ListUploads, ListedUpload, UploadPage, UploadPosition};
use larder_http::Response;
use larder_types::UploadId;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::shapes::MultipartUpload;
use larder_wire::generated::s3::{ListMultipartUploadsInput, ListMultipartUploadsOutput};

use crate::call::Call;
use crate::fields::listing::{self, Naming, Owners};
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = ListMultipartUploadsInput::decode(&call.parts(), &[])?;
    let naming = Naming::asked(input.encoding_type.as_ref());
    let limit = listing::page_size(input.max_uploads);
    let delimiter = listing::given(input.delimiter.as_deref());
    let prefix = listing::given(input.prefix.as_deref());
    let key_marker = listing::given(input.key_marker.as_deref());
    // Without a key marker it means nothing.
    let upload_marker = listing::given(input.upload_id_marker.as_deref()).filter(|_| key_marker.is_some());
    let request = ListUploads {
        prefix: prefix.unwrap_or_default().to_owned(),
        delimiter: delimiter.map(str::to_owned),
        after: position(key_marker, upload_marker)?,
        limit,
    };
    let page = call.engine.list_uploads(call.bucket()?, &request).await.map_err(refusal::of_engine)?;
    let mut owners = Owners::new(call);
    let uploads = page.uploads.iter().map(|upload| shown(upload, naming, &mut owners));
    let (next_key, next_upload) = next(&page);
    // Unlike the other listings this one shows nothing of what was not asked for, except its markers.
    let output = ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        key_marker: Some(naming.show(key_marker.unwrap_or_default())),
        upload_id_marker: Some(upload_marker.unwrap_or_default().to_owned()),
        next_key_marker: Some(naming.show(next_key)),
        next_upload_id_marker: Some(next_upload.map(|id| id.to_string()).unwrap_or_default()),
        delimiter: naming.show_optional(delimiter),
        prefix: naming.show_optional(prefix),
        max_uploads: listing::count(limit),
        encoding_type: naming.element(),
        is_truncated: Some(page.next.is_some()),
        uploads: uploads.collect(),
        common_prefixes: naming.common_prefixes(&page.common_prefixes),
        request_charged: None,
    };
    Ok(answer::whole(output.encode()))
}

fn shown(listed: &ListedUpload, naming: Naming, owners: &mut Owners<'_>) -> MultipartUpload {
    let upload = &listed.upload;
    MultipartUpload {
        upload_id: Some(listed.id.to_string()),
        key: Some(naming.show(listed.key.as_str())),
        initiated: Some(upload.initiated.to_jiff_seconds()),
        storage_class: Some(upload.class.as_str().into()),
        owner: owners.owner(upload.owner),
        initiator: owners.initiator(upload),
        checksum_algorithm: upload.checksum_algorithm.map(|algorithm| algorithm.as_str().into()),
        checksum_type: upload.checksum_type.map(|kind| kind.as_str().into()),
    }
}

/// The markers of the next page; on the last one those of its last upload, as S3 shows them.
///
/// Behind a common prefix S3 shows none, so that such a listing cannot be continued; here it can.
fn next(page: &UploadPage) -> (&str, Option<UploadId>) {
    match &page.next {
        Some(UploadPosition::AfterKey(key)) => (key, None),
        Some(UploadPosition::AfterUpload(key, id)) => (key, Some(*id)),
        None | Some(UploadPosition::Start) => match page.uploads.last() {
            Some(last) => (last.key.as_str(), Some(last.id)),
            None => ("", None),
        },
    }
}

/// Behind what the page starts.
fn position(key: Option<&str>, upload: Option<&str>) -> Result<UploadPosition, S3Error> {
    match (key, upload) {
        (None, _) => Ok(UploadPosition::Start),
        (Some(key), None) => Ok(UploadPosition::AfterKey(key.to_owned())),
        (Some(key), Some(upload)) => match UploadId::parse(upload) {
            Ok(id) => Ok(UploadPosition::AfterUpload(key.to_owned(), id)),
            Err(_) => Err(listing::invalid("upload-id-marker", upload, "Invalid uploadId marker")),
        },
    }
}
