//! Roles.

use larder_identity::{AccountState, Change, CreateRole, UpdateRole};

use super::{Done, done};
use crate::protocol::{Fault, Page, Xml, rules};
use crate::request::Request;
use crate::shapes::{self, Show};

pub(super) fn create(request: &Request<'_>, change: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    let input = &request.input;
    let role = state.create_role(
        change,
        CreateRole {
            name: request.text("RoleName", &rules::ROLE_NAME)?.to_owned(),
            path: input.optional("Path", &rules::PATH)?.map(str::to_owned),
            trust: request.text("AssumeRolePolicyDocument", &rules::DOCUMENT)?.to_owned(),
            description: input.optional("Description", &rules::DESCRIPTION)?.map(str::to_owned),
            max_session_seconds: input.number("MaxSessionDuration", 3600..=43_200)?,
            tags: input.tags()?,
            boundary: input.optional("PermissionsBoundary", &rules::ARN)?.map(str::to_owned),
        },
    )?;
    let mut xml = Xml::new();
    xml.element("Role", |xml| shapes::role(xml, request, &role, Show::Whole));
    Ok(Done::Answer(xml))
}

pub(super) fn get(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let role = state.role(request.text("RoleName", &rules::ROLE_NAME)?)?;
    let mut xml = Xml::new();
    xml.element("Role", |xml| shapes::role(xml, request, role, Show::Whole));
    Ok(xml)
}

pub(super) fn list(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let prefix = request.input.optional("PathPrefix", &rules::PATH_PREFIX)?.unwrap_or("/");
    let roles = state.roles().filter(|role| role.path.starts_with(prefix));
    let page = Page::of(&request.input, roles.map(|role| (role.name.to_ascii_lowercase(), role)))?;
    let mut xml = Xml::new();
    page.write(&mut xml, "Roles", |xml, role| shapes::role(xml, request, role, Show::Listed));
    Ok(xml)
}

pub(super) fn update(request: &Request<'_>, _: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    let description = request.input.optional("Description", &rules::DESCRIPTION)?.map(str::to_owned);
    let max_session_seconds = request.input.number("MaxSessionDuration", 3600..=43_200)?;
    let name = request.text("RoleName", &rules::ROLE_NAME)?;
    state.update_role(name, UpdateRole { description, max_session_seconds })?;
    // The model has an empty result, and clients look for it.
    Ok(Done::Answer(Xml::new()))
}

/// The older way to change what a role is for.
pub(super) fn update_description(
    request: &Request<'_>,
    _: &Change<'_>,
    state: &mut AccountState,
) -> Result<Done, Fault> {
    let description = Some(request.text("Description", &rules::DESCRIPTION)?.to_owned());
    let name = request.text("RoleName", &rules::ROLE_NAME)?;
    let role = state.update_role(name, UpdateRole { description, max_session_seconds: None })?;
    let mut xml = Xml::new();
    xml.element("Role", |xml| shapes::role(xml, request, &role, Show::Whole));
    Ok(Done::Answer(xml))
}

pub(super) fn update_trust(request: &Request<'_>, _: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    let document = request.text("PolicyDocument", &rules::DOCUMENT)?;
    state.update_assume_role_policy(request.text("RoleName", &rules::ROLE_NAME)?, document)?;
    done()
}

pub(super) fn delete(request: &Request<'_>, _: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    state.delete_role(request.text("RoleName", &rules::ROLE_NAME)?)?;
    done()
}

/// No role is in an instance profile, as there are none.
pub(super) fn list_instance_profiles(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    state.role(request.text("RoleName", &rules::ROLE_NAME)?)?;
    Ok(super::absent::empty_list("InstanceProfiles"))
}
