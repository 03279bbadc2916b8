//! Roles that need an MFA code.
//!
//! The SDK assumes a profile's role but never asks for a code (awslabs/aws-sdk-rust issue 527), so a profile with `role_arn`
//! and `mfa_serial` is handled here: the credentials of its `source_profile`, which may be a role again, the code from whoever
//! sits at the terminal, and one AssumeRole.

use std::fmt;
use std::sync::Arc;

use aws_config::SdkConfig;
use aws_config::profile::{Profile, ProfileSet};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Future;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

use super::{Settings, profile};

/// Asks a person for the code that an MFA device shows.
pub trait AskCode: Send + Sync + 'static {
    /// Blocks until there is an answer.
    ///
    /// # Errors
    /// When nobody can be asked.
    fn ask(&self, device: &str) -> std::io::Result<String>;
}

/// A role to be assumed with a code.
#[derive(Clone, Debug)]
pub(super) struct Role {
    arn: String,
    device: String,
    session_name: String,
    external_id: Option<String>,
    seconds: Option<i32>,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Profile(String),
    /// Keys that stand in the profile itself.
    Own(Credentials),
    Environment,
}

/// The role of the profile in force, if it needs a code.
pub(super) fn needed(settings: &Settings, profiles: &ProfileSet) -> Option<Role> {
    let keys_in_environment = std::env::var_os("AWS_ACCESS_KEY_ID").is_some_and(|key| !key.is_empty());
    if settings.profile.is_none() && keys_in_environment {
        return None;
    }
    role(profiles.get_profile(profiles.selected_profile())?)
}

fn role(profile: &Profile) -> Option<Role> {
    let text = |name| profile.get(name).map(str::to_owned);
    let source = match text("source_profile") {
        Some(name) if name == profile.name() => Source::Own(Credentials::new(
            text("aws_access_key_id")?,
            text("aws_secret_access_key")?,
            text("aws_session_token"),
            None,
            "profile",
        )),
        Some(name) => Source::Profile(name),
        None if profile.get("credential_source") == Some("Environment") => Source::Environment,
        None => return None,
    };
    Some(Role {
        arn: text("role_arn")?,
        device: text("mfa_serial")?,
        session_name: text("role_session_name").unwrap_or_else(|| "larder".to_owned()),
        external_id: text("external_id"),
        seconds: profile.get("duration_seconds").and_then(|seconds| seconds.parse().ok()),
        source,
    })
}

pub(super) struct Provider {
    role: Role,
    shared: SdkConfig,
    ask: Arc<dyn AskCode>,
}

impl Provider {
    pub(super) fn new(role: Role, shared: &SdkConfig, ask: Arc<dyn AskCode>) -> Self {
        Self { role, shared: shared.clone(), ask }
    }

    async fn assume(&self) -> Result<Credentials, CredentialsError> {
        let source = match &self.role.source {
            Source::Profile(name) => {
                let region = self.shared.region().map_or_else(String::new, ToString::to_string);
                let http = self.shared.http_client().ok_or_else(|| CredentialsError::not_loaded("no HTTP client"))?;
                SharedCredentialsProvider::new(profile::credentials(name, &region, http))
            }
            Source::Own(keys) => SharedCredentialsProvider::new(keys.clone()),
            Source::Environment => SharedCredentialsProvider::new(
                aws_config::environment::credentials::EnvironmentVariableCredentialsProvider::new(),
            ),
        };
        let (ask, device) = (Arc::clone(&self.ask), self.role.device.clone());
        let code = tokio::task::spawn_blocking(move || ask.ask(&device)).await;
        let code = code.map_err(CredentialsError::provider_error)?.map_err(CredentialsError::provider_error)?;
        let config = self.shared.clone().into_builder().credentials_provider(source).build();
        let answer = aws_sdk_sts::Client::new(&config)
            .assume_role()
            .role_arn(&self.role.arn)
            .role_session_name(&self.role.session_name)
            .set_external_id(self.role.external_id.clone())
            .set_duration_seconds(self.role.seconds)
            .serial_number(&self.role.device)
            .token_code(code.trim())
            .send()
            .await
            .map_err(CredentialsError::provider_error)?;
        let keys = answer.credentials.ok_or_else(|| CredentialsError::unhandled("AssumeRole gave no credentials"))?;
        let expires = std::time::SystemTime::try_from(keys.expiration).ok();
        Ok(Credentials::new(
            keys.access_key_id,
            keys.secret_access_key,
            Some(keys.session_token),
            expires,
            "AssumeRole",
        ))
    }
}

impl ProvideCredentials for Provider {
    fn provide_credentials<'a>(&'a self) -> Future<'a>
    where
        Self: 'a,
    {
        Future::new(self.assume())
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("role", &self.role.arn).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(settings: &[(&str, &str)]) -> Profile {
        let property = |(name, value): &(&str, &str)| {
            ((*name).to_owned(), aws_config::profile::Property::new((*name).to_owned(), (*value).to_owned()))
        };
        Profile::new("work", settings.iter().map(property).collect())
    }

    struct Told;

    impl AskCode for Told {
        fn ask(&self, device: &str) -> std::io::Result<String> {
            assert_eq!(device, "arn:aws:iam::123456789012:mfa/m");
            Ok("123456\n".to_owned())
        }
    }

    /// Answers one AssumeRole, and returns what it was asked.
    fn fake_sts() -> (String, std::thread::JoinHandle<String>) {
        use std::io::{Read, Write};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut request = String::new();
            let mut buffer = [0; 4096];
            while !request.contains("TokenCode=") {
                let length = stream.read(&mut buffer).expect("a request");
                request.push_str(std::str::from_utf8(&buffer[..length]).expect("text"));
            }
            let answer = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
                <Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
                <SessionToken>token</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>\
                </AssumeRoleResult></AssumeRoleResponse>";
            let head = format!("HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n", answer.len());
            stream.write_all(format!("{head}{answer}").as_bytes()).expect("sent");
            request
        });
        (endpoint, asked)
    }

    #[tokio::test]
    async fn the_code_goes_with_the_request() {
        let (endpoint, asked) = fake_sts();
        let shared = SdkConfig::builder()
            .endpoint_url(endpoint)
            .region(aws_config::Region::new("us-east-1"))
            .behavior_version(aws_config::BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let own = [
            ("role_arn", "arn:aws:iam::123456789012:role/r"),
            ("mfa_serial", "arn:aws:iam::123456789012:mfa/m"),
            ("source_profile", "work"),
            ("aws_access_key_id", "AKIA"),
            ("aws_secret_access_key", "S"),
        ];
        let role = role(&profile(&own)).expect("a role");
        let keys = Provider::new(role, &shared, Arc::new(Told)).assume().await.expect("credentials");
        assert_eq!((keys.access_key_id(), keys.session_token()), ("ASIA", Some("token")));
        let asked = asked.join().expect("it was asked");
        assert!(asked.contains("TokenCode=123456") && asked.contains("SerialNumber=arn"), "{asked}");
    }

    #[test]
    fn only_roles_with_a_device_are_ours() {
        let arn = ("role_arn", "arn:aws:iam::123456789012:role/r");
        let device = ("mfa_serial", "arn:aws:iam::123456789012:mfa/m");
        assert!(role(&profile(&[arn, ("source_profile", "default")])).is_none());
        assert!(role(&profile(&[device, ("source_profile", "default")])).is_none());
        let found = role(&profile(&[arn, device, ("source_profile", "default"), ("duration_seconds", "900")]));
        let found = found.expect("a role");
        assert_eq!((found.seconds, found.session_name.as_str()), (Some(900), "larder"));
        assert!(matches!(found.source, Source::Profile(name) if name == "default"));
        let own = [arn, device, ("source_profile", "work"), ("aws_access_key_id", "A"), ("aws_secret_access_key", "S")];
        assert!(matches!(role(&profile(&own)).expect("a role").source, Source::Own(_)));
    }
}
