//! GetObject. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>

use std::io;

use futures_util::Stream;
use larder_crypto::DataKeys;
use larder_engine::{ContentReader, ObjectReader, ObjectVersion, Reading};
use larder_http::{Response, ResponseBody};
use larder_types::VersionId;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::{GetObjectInput, GetObjectOutput};

use super::head_object::{
    Selected, answer_object, override_headers, refuse_unsigned_overrides, select_part, select_range,
};
use crate::call::Call;
use crate::fields::{conditions, customer_key, encryption, version};
use crate::refusal::Refused;
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = GetObjectInput::decode(&call.parts(), &[])?;
    refuse_unsigned_overrides!(call, input);
    let wanted = conditions::read(
        input.if_match.as_deref(),
        input.if_none_match.as_deref(),
        input.if_modified_since,
        input.if_unmodified_since,
    );
    let version = version::parse(input.version_id.as_deref())?;
    let (bucket, key, now) = (call.bucket()?, call.key()?, call.now());
    let customer = customer_key::of_object(call, call.headers)?;
    // Whoever may not have the content is not told whether conditions on it hold.
    let unlock = |object: &ObjectVersion| {
        call.check_found(object)?;
        let keys = encryption::unlock(call, bucket, key, object.detail().encryption.as_ref(), customer.as_ref())?;
        let holds = wanted.check(object.summary().etag, object.head().modified, now);
        holds.map_err(|error| not_modified(error, object))?;
        Ok(keys)
    };

    let range_of = |object: &ObjectVersion| {
        let holds = conditions::range_holds(call.headers, object.summary().etag, object.head().modified);
        input.range.as_deref().filter(|_| holds)
    };

    let (reader, selected) = match input.part_number {
        Some(number) => open_part(call, version, number, input.range.as_deref(), &unlock).await?,
        None => {
            let choose = |object: &ObjectVersion| -> Result<Reading, Refused> {
                let keys = unlock(object)?;
                Ok(Reading { range: select_range(object, range_of(object))?.range, keys })
            };
            let reader = call.engine.get_object(bucket, key, version, choose).await?;
            let selected = select_range(&reader.object, range_of(&reader.object))?;
            (reader, selected)
        }
    };
    let mut output = GetObjectOutput::default();
    answer_object!(output, call, &reader.object, &selected, input.checksum_mode.is_some(), customer.as_ref());
    output.content_length = Some(length_of(reader.content.length()));
    override_headers!(output, input);
    let body = body(reader.content).await?;
    Ok(answer::with_body(output.encode(), body))
}

/// How often a part is looked for anew when the key is overwritten all the time.
const PART_ATTEMPTS: usize = 100;

/// Opens one part. Where it lies takes a look at the object first; if the key holds another version by the time it is
/// opened, that one is looked at.
async fn open_part(
    call: &Call<'_>,
    version: Option<VersionId>,
    number: i32,
    range: Option<&str>,
    unlock: &(impl Fn(&ObjectVersion) -> Result<Option<DataKeys>, S3Error> + Sync),
) -> Result<(ObjectReader, Selected), S3Error> {
    let (bucket, key) = (call.bucket()?, call.key()?);
    let identity = |object: &ObjectVersion| (object.head().id, object.head().sequence);
    for _ in 0..PART_ATTEMPTS {
        let found = call.engine.head_object(bucket, key, version).await.map_err(refusal::of_engine)?;
        let keys = unlock(&found)?;
        let selected = select_part(call, &found, number, range).await?;
        let choose = |object: &ObjectVersion| match identity(object) == identity(&found) {
            true => Ok(Reading { range: selected.range, keys: keys.clone() }),
            false => Err(Refused::Changed),
        };
        match call.engine.get_object(bucket, key, version, choose).await {
            Ok(reader) => return Ok((reader, selected)),
            Err(Refused::Changed) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Refused::Changed.into())
}

/// The answer's body. Its first piece is read before the answer begins, so that damage found there is an error and not a
/// broken-off answer; an object of one piece is sent as it is.
async fn body(mut content: ContentReader) -> Result<ResponseBody, S3Error> {
    let length = content.length();
    let Some(first) = content.next().await.map_err(refusal::of_engine)? else {
        // An empty body under a length that was announced would leave the client waiting for bytes that never come.
        return if length == 0 { Ok(ResponseBody::Empty) } else { Err(S3Error::new(ErrorCode::InternalError)) };
    };
    if first.len() as u64 == length {
        return Ok(ResponseBody::Full(first));
    }
    Ok(ResponseBody::sized(length, pieces(first, content)))
}

fn pieces(first: bytes::Bytes, content: ContentReader) -> impl Stream<Item = Result<bytes::Bytes, io::Error>> + Send {
    futures_util::stream::unfold((Some(first), content), |(first, mut content)| async move {
        if let Some(first) = first {
            return Some((Ok(first), (None, content)));
        }
        match content.next().await {
            Ok(piece) => piece.map(|piece| (Ok(piece), (None, content))),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "an answer is broken off");
                Some((Err(io::Error::other(error)), (None, content)))
            }
        }
    })
}

pub(super) fn length_of(length: u64) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// A 304 carries the validators of what the client has.
pub(super) fn not_modified(error: larder_engine::Error, found: &ObjectVersion) -> S3Error {
    let refused = refusal::of_engine(error);
    if refused.code() != ErrorCode::NotModified {
        return refused;
    }
    let date = larder_wire::timestamp::http_date(found.head().modified.to_jiff_seconds());
    let refused =
        refused.with_header(http::header::ETAG, larder_wire::headers::value(&found.summary().etag.to_string()));
    match http::HeaderValue::from_bytes(&date) {
        Ok(date) => refused.with_header(http::header::LAST_MODIFIED, date),
        Err(_) => refused,
    }
}
