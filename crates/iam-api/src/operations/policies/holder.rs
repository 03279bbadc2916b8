//! What has policies: users, groups and roles.

use larder_identity::Holder;

use crate::protocol::{Fault, Xml, rules};
use crate::request::Request;

/// Which kind of holder an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::operations) enum Kind {
    User,
    Group,
    Role,
}

impl Kind {
    /// The holder that the request names.
    pub(super) fn of<'a>(self, request: &Request<'a>) -> Result<Holder<'a>, Fault> {
        Ok(match self {
            Self::User => Holder::User(request.text("UserName", &rules::EXISTING_USER_NAME)?),
            Self::Group => Holder::Group(request.text("GroupName", &rules::GROUP_NAME)?),
            Self::Role => Holder::Role(request.text("RoleName", &rules::ROLE_NAME)?),
        })
    }
}

/// The holder's name, as the answers of each kind call it.
pub(super) fn write_name(xml: &mut Xml, holder: Holder<'_>) {
    match holder {
        Holder::User(name) => xml.text("UserName", name),
        Holder::Group(name) => xml.text("GroupName", name),
        Holder::Role(name) => xml.text("RoleName", name),
    }
}
