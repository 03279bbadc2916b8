//! The profile that is in force.

use std::borrow::Cow;

use aws_config::Region;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet, load as load_profiles};
use aws_config::provider_config::ProviderConfig;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::{Env, Fs};

use super::{Addressing, ConnectError};

/// Reads the files; `AWS_PROFILE` and the `default` profile count when no profile is named.
pub(super) async fn load(named: Option<&str>) -> Result<ProfileSet, ConnectError> {
    let chosen = named.map(|name| Cow::Owned(name.to_owned()));
    let profiles = load_profiles(&Fs::real(), &Env::real(), &Default::default(), chosen).await;
    let profiles = profiles.map_err(|error| ConnectError::Profiles(crate::error::chain(&error)))?;
    match named {
        Some(name) if profiles.get_profile(name).is_none() => Err(ConnectError::NoProfile(name.to_owned())),
        _ => Ok(profiles),
    }
}

/// The credentials of a profile, which may be a role that others lead to. A provider that is made by itself knows neither the region
/// nor the certificates that the rest of the SDK was told of, and cannot ask for roles then.
pub(super) fn credentials(name: &str, region: &str, http: SharedHttpClient) -> ProfileFileCredentialsProvider {
    let config = ProviderConfig::default().with_region(Some(Region::new(region.to_owned()))).with_http_client(http);
    ProfileFileCredentialsProvider::builder().configure(&config).profile_name(name).build()
}

/// `addressing_style` in the `s3` settings of the profile.
pub(super) fn addressing(profiles: &ProfileSet) -> Option<Addressing> {
    nested(profiles.get("s3")?, "addressing_style").and_then(Addressing::parse)
}

/// A setting within one that has settings of its own, each on its line.
fn nested<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut settings = text.lines().filter_map(|line| line.split_once('='));
    settings.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_settings_are_found() {
        let text = "\nmax_concurrent_requests = 20\n  addressing_style = virtual \n";
        assert_eq!(nested(text, "addressing_style"), Some("virtual"));
        assert_eq!(nested(text, "none"), None);
    }
}
