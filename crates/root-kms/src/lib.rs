//! The root key in a remote KMS that speaks AWS's protocol: Amazon's own, or another Larder.
//!
//! Region and credentials are found as the official SDK finds them: variables, profiles, SSO, processes, containers and
//! instances. A call is repeated up to six times, with growing pauses, and gives up after two minutes in all: a KMS that starts
//! at the same time as this server may be late.

use std::time::Duration;

use async_trait::async_trait;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_kms::Client;
use aws_sdk_kms::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use aws_smithy_http_client::tls;
use larder_crypto::SecretKey;
use larder_keyring::{KmsFailure, RootKms};
use zeroize::Zeroize;

const ATTEMPTS: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_ATTEMPT: Duration = Duration::from_secs(20);
const LONGEST_CALL: Duration = Duration::from_secs(120);

/// A KMS.
#[derive(Clone, Debug)]
pub struct RemoteKms {
    client: Client,
}

impl RemoteKms {
    /// The KMS at `endpoint`, or the one that the environment and profile name, which is Amazon's when they name none. Nothing
    /// is sent yet.
    pub async fn connect(endpoint: Option<&str>) -> Self {
        let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
        let http = aws_smithy_http_client::Builder::new().tls_provider(provider).build_https();
        let shared = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
        Self::over(&shared, endpoint)
    }

    /// As [`RemoteKms::connect`], with region, credentials and the way to send requests given.
    #[must_use]
    pub fn over(shared: &SdkConfig, endpoint: Option<&str>) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(LONGEST_ATTEMPT)
            .operation_timeout(LONGEST_CALL);
        let mut config = aws_sdk_kms::config::Builder::from(shared)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS).with_initial_backoff(FIRST_PAUSE))
            .timeout_config(timeouts.build());
        if let Some(endpoint) = endpoint {
            config = config.endpoint_url(endpoint);
        }
        Self { client: Client::from_conf(config.build()) }
    }
}

#[async_trait]
impl RootKms for RemoteKms {
    async fn generate(&self, key_id: &str, context: (&str, &str)) -> Result<(SecretKey, Vec<u8>), KmsFailure> {
        let call = self.client.generate_data_key().key_id(key_id).key_spec(DataKeySpec::Aes256);
        let answer = call.encryption_context(context.0, context.1).send().await.map_err(|error| failure(&error))?;
        let ciphertext = answer.ciphertext_blob.map(Blob::into_inner).filter(|ciphertext| !ciphertext.is_empty());
        let ciphertext = ciphertext.ok_or_else(|| strange("it gave no ciphertext"))?;
        Ok((key(answer.plaintext)?, ciphertext))
    }

    async fn decrypt(&self, key_id: &str, ciphertext: &[u8], context: (&str, &str)) -> Result<SecretKey, KmsFailure> {
        let call = self.client.decrypt().key_id(key_id).ciphertext_blob(Blob::new(ciphertext));
        let answer = call.encryption_context(context.0, context.1).send().await.map_err(|error| failure(&error))?;
        key(answer.plaintext)
    }
}

fn key(plaintext: Option<Blob>) -> Result<SecretKey, KmsFailure> {
    let mut bytes = plaintext.map(Blob::into_inner).unwrap_or_default();
    let key = SecretKey::from_slice(&bytes);
    bytes.zeroize();
    key.ok_or_else(|| strange("its key is not of 256 bits"))
}

fn strange(what: &str) -> KmsFailure {
    KmsFailure { reason: format!("the answer of the KMS is not understood: {what}") }
}

/// The code and message that the KMS gave, or why it gave none. Requests and answers are not shown: they hold keys.
fn failure<E, R>(error: &SdkError<E, R>) -> KmsFailure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    let reason = match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => match error {
            SdkError::ServiceError(_) | SdkError::ResponseError(_) => "its answer is not understood".to_owned(),
            SdkError::TimeoutError(_) => "it does not answer in time".to_owned(),
            other => DisplayErrorContext(other).to_string(),
        },
    };
    KmsFailure { reason }
}
