//! placeholder
use larder_http::Response;
use larder_wire::error::{ErrorCode, S3Error};
use crate::call::Call;
pub(crate) async fn run(_call: &mut Call<'_>) -> Result<Response, S3Error> {
    Err(S3Error::new(ErrorCode::NotImplemented))
}
