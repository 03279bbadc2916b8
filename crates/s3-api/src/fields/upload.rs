//! Upload ids and part numbers.

use larder_engine::Error;
use larder_types::{PartNumber, UploadId};
use larder_wire::error::{ErrorCode, S3Error};

use crate::refusal::Refused;

/// Reads an upload id. One that this server cannot have given out names no upload.
///
/// # Errors
/// `NoSuchUpload`.
pub(crate) fn parse(text: &str) -> Result<UploadId, S3Error> {
    UploadId::parse(text).map_err(|_| missing(text))
}

/// Reads a part number.
///
/// # Errors
/// `InvalidArgument` outside 1 to 10,000.
pub(crate) fn part_number(number: i32) -> Result<PartNumber, S3Error> {
    PartNumber::new(i64::from(number)).map_err(|_| {
        S3Error::new(ErrorCode::InvalidArgument)
            .with_message("Part number must be an integer between 1 and 10000, inclusive")
            .with_extra("ArgumentName", "partNumber")
            .with_extra("ArgumentValue", number.to_string())
    })
}

/// An error of an operation on an upload: one that is not there is named.
pub(crate) fn refused(error: impl Into<Refused>, id: &str) -> S3Error {
    match error.into() {
        Refused::Engine(Error::NoSuchUpload) => missing(id),
        Refused::Engine(Error::InvalidPart { number }) => {
            S3Error::new(ErrorCode::InvalidPart).with_extra("UploadId", id).with_extra("PartNumber", number.to_string())
        }
        Refused::Engine(Error::InvalidPartOrder) => {
            S3Error::new(ErrorCode::InvalidPartOrder).with_extra("UploadId", id)
        }
        refused => refused.into(),
    }
}

fn missing(id: &str) -> S3Error {
    S3Error::new(ErrorCode::NoSuchUpload).with_extra("UploadId", id)
}
