//! What Larder does not have: passwords, certificates, SSH keys, instance profiles, SAML. They cannot be made, so lists of
//! them are empty and single ones are not there, which is what Terraform and scripts that clean up ask for.

use larder_identity::AccountState;

use crate::protocol::{Fault, Xml, rules};
use crate::request::Request;

/// A list with nothing in it.
pub(super) fn empty_list(name: &str) -> Xml {
    let mut xml = Xml::new();
    xml.texts(name, None::<&str>);
    xml.value("IsTruncated", false);
    xml
}

/// A list of something that the user could have.
pub(super) fn of_user(request: &Request<'_>, state: &AccountState, name: &str) -> Result<Xml, Fault> {
    request.subject(state)?;
    Ok(empty_list(name))
}

pub(super) fn login_profile(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let subject = request.subject(state)?;
    Err(Fault::missing(format!("Login Profile for User {} cannot be found.", subject.name())))
}

pub(super) fn password_policy(request: &Request<'_>, _: &AccountState) -> Result<Xml, Fault> {
    Err(Fault::missing(format!("The Password Policy with domain name {} cannot be found.", request.account)))
}

pub(super) fn instance_profile(request: &Request<'_>, _: &AccountState) -> Result<Xml, Fault> {
    let name = request.text("InstanceProfileName", &rules::PROFILE_NAME)?;
    Err(Fault::missing(format!("Instance Profile {name} cannot be found.")))
}
