//! The preflight (`OPTIONS`) of cross-origin requests.

use larder_http::Response;
use larder_wire::error::S3Error;

use crate::call::Call;
use crate::cors;

pub(crate) fn run(call: &Call<'_>) -> Result<Response, S3Error> {
    cors::preflight(call.bucket.as_deref(), call.headers)
}
