//! The profile that is in force.

use std::borrow::Cow;

use aws_config::profile::{ProfileSet, load as load_profiles};
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
