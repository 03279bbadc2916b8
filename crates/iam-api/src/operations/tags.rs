//! Tags of users, roles, policies, MFA devices and OpenID Connect providers.

use larder_identity::{AccountState, Taggable};

use super::{Done, done};
use crate::protocol::{Fault, Page, Xml, rules};
use crate::request::Request;
use crate::shapes;

/// What has tags, and the parameter that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Role,
    Policy,
    Device,
    Provider,
}

impl Kind {
    fn of<'a>(self, request: &Request<'a>) -> Result<Taggable<'a>, Fault> {
        Ok(match self {
            Self::User => Taggable::User(request.text("UserName", &rules::EXISTING_USER_NAME)?),
            Self::Role => Taggable::Role(request.text("RoleName", &rules::ROLE_NAME)?),
            Self::Policy => Taggable::Policy(request.text("PolicyArn", &rules::ARN)?),
            Self::Device => Taggable::MfaDevice(request.text("SerialNumber", &rules::SERIAL_NUMBER)?),
            Self::Provider => Taggable::OidcProvider(request.text("OpenIDConnectProviderArn", &rules::ARN)?),
        })
    }
}

pub(super) fn tag(request: &Request<'_>, state: &mut AccountState, kind: Kind) -> Result<Done, Fault> {
    if !request.input.has_list("Tags") {
        return Err(request.input.absent("Tags"));
    }
    state.tag(kind.of(request)?, &request.input.tags()?)?;
    done()
}

pub(super) fn untag(request: &Request<'_>, state: &mut AccountState, kind: Kind) -> Result<Done, Fault> {
    if !request.input.has_list("TagKeys") {
        return Err(request.input.absent("TagKeys"));
    }
    state.untag(kind.of(request)?, &request.input.texts("TagKeys", &rules::TAG_KEY)?)?;
    done()
}

pub(super) fn list(request: &Request<'_>, state: &AccountState, kind: Kind) -> Result<Xml, Fault> {
    // In the order they were given, which is what Terraform compares: the key of a page is a position.
    let tags = state.tags(kind.of(request)?)?.iter().enumerate();
    let page = Page::of(&request.input, tags.map(|(position, tag)| (format!("{position:04}"), tag.clone())))?;
    let (tags, more) = page.into_parts();
    let mut xml = Xml::new();
    shapes::tags(&mut xml, &tags);
    more.write(&mut xml);
    Ok(xml)
}
