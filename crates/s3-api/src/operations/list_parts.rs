//! ListParts. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html>

use larder_engine::{Encryption, PartRecord};
use larder_http::Response;
use larder_types::{PartNumber, UploadId};
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::shapes::Part;
use larder_wire::generated::s3::{ListPartsInput, ListPartsOutput};

use crate::call::Call;
use crate::fields::checksum::set_checksum;
use crate::fields::listing::{self, Owners};
use crate::fields::{customer_key, encryption};
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = ListPartsInput::decode(&call.parts(), &[])?;
    let missing = || S3Error::new(ErrorCode::NoSuchUpload).with_extra("UploadId", input.upload_id.clone());
    let id = UploadId::parse(&input.upload_id).map_err(|_| missing())?;
    let limit = listing::page_size(input.max_parts);
    let marker = input.part_number_marker.unwrap_or(0);
    // No part has a number above the highest that a marker can have.
    let after = u16::try_from(marker).unwrap_or(u16::MAX);
    let listed = call.engine.list_parts(call.bucket()?, call.key()?, id, after, limit).await;
    let page = listed.map_err(refusal::of_engine).map_err(|error| match error.code() {
        ErrorCode::NoSuchUpload => missing(),
        _ => error,
    })?;
    let customer = customer_key::of_object(call, call.headers)?;
    encryption::check_upload(call, call.bucket()?, call.key()?, &page.upload, customer.as_ref())?;
    let mut owners = Owners::new(call);
    let last = page.parts.last().map(|(number, _)| i32::from(number.get()));
    let upload = &page.upload;
    // Without the customer's key nothing is told that depends on the content.
    let is_customers = upload.encryption.as_ref().is_some_and(Encryption::is_customers);
    let shows_checksums = !is_customers || customer.is_some();
    let output = ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        initiator: owners.initiator(upload),
        owner: owners.owner(upload.owner),
        storage_class: Some(upload.class.as_str().into()),
        part_number_marker: Some(marker),
        next_part_number_marker: Some(last.unwrap_or(0)),
        max_parts: listing::count(limit),
        is_truncated: Some(page.more),
        parts: page.parts.iter().map(|(number, part)| shown(*number, part, shows_checksums)).collect(),
        checksum_algorithm: upload.checksum_algorithm.map(|algorithm| algorithm.as_str().into()),
        checksum_type: upload.checksum_type.map(|kind| kind.as_str().into()),
        ..Default::default()
    };
    Ok(answer::whole(output.encode()))
}

fn shown(number: PartNumber, part: &PartRecord, shows_checksum: bool) -> Part {
    let mut answer = Part {
        part_number: Some(i32::from(number.get())),
        last_modified: Some(part.modified.to_jiff_seconds()),
        etag: Some(part.etag.to_string()),
        size: i64::try_from(part.size).ok(),
        ..Default::default()
    };
    if let Some(checksum) = part.sent.as_ref().or(part.checksum.as_ref()).filter(|_| shows_checksum) {
        set_checksum!(answer, checksum);
    }
    answer
}
