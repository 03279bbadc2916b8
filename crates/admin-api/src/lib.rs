//! What an operator asks of a running server, over HTTP and signed as every other request: AWS's JSON protocol
//! (`POST /`, `X-Amz-Target: LarderAdmin.CreateAccount`, `application/x-amz-json-1.1`) with the service `larder`.
//!
//! The operator is the root user of the server's first account, or whom the policies of that account let do
//! `larder:CreateAccount`, `larder:ApproveQuotaRequest` and the like. Nobody of another account is, whatever its policies say.

mod accounts;
mod api;
mod keys;
pub mod messages;
mod operations;
mod quotas;
mod refusal;
mod upkeep;

pub use api::AdminApi;
pub use operations::operations;
pub use upkeep::{Upkeep, UpkeepError};

/// What `X-Amz-Target` begins with.
pub const TARGET_PREFIX: &str = "LarderAdmin.";
/// The content type of requests and answers.
pub const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
