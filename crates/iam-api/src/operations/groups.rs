//! Groups and who is in them.

use larder_identity::{AccountState, Change, CreateGroup};

use super::{Done, done};
use crate::protocol::{Fault, Page, Xml, rules};
use crate::request::Request;
use crate::shapes::{self, Show};

pub(super) fn create(request: &Request<'_>, change: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    let name = request.text("GroupName", &rules::GROUP_NAME)?.to_owned();
    let path = request.input.optional("Path", &rules::PATH)?.map(str::to_owned);
    let group = state.create_group(change, CreateGroup { name, path })?;
    let mut xml = Xml::new();
    xml.element("Group", |xml| shapes::group(xml, request.account, &group));
    Ok(Done::Answer(xml))
}

/// The group and a page of its members.
pub(super) fn get(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let group = state.group(request.text("GroupName", &rules::GROUP_NAME)?)?;
    let users = state.members(group).map(|user| (user.name.to_ascii_lowercase(), user));
    let page = Page::of(&request.input, users)?;
    let mut xml = Xml::new();
    xml.element("Group", |xml| shapes::group(xml, request.account, group));
    page.write(&mut xml, "Users", |xml, user| shapes::user(xml, request.account, user, Show::Listed));
    Ok(xml)
}

pub(super) fn list(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let prefix = request.input.optional("PathPrefix", &rules::PATH_PREFIX)?.unwrap_or("/");
    let groups = state.groups().filter(|group| group.path.starts_with(prefix));
    let page = Page::of(&request.input, groups.map(|group| (group.name.to_ascii_lowercase(), group)))?;
    let mut xml = Xml::new();
    page.write(&mut xml, "Groups", |xml, group| shapes::group(xml, request.account, group));
    Ok(xml)
}

pub(super) fn update(request: &Request<'_>, _: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    let name = request.text("GroupName", &rules::GROUP_NAME)?;
    let new_name = request.input.optional("NewGroupName", &rules::GROUP_NAME)?;
    state.update_group(name, new_name, request.input.optional("NewPath", &rules::PATH)?)?;
    done()
}

pub(super) fn delete(request: &Request<'_>, _: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    state.delete_group(request.text("GroupName", &rules::GROUP_NAME)?)?;
    done()
}

pub(super) fn add_user(request: &Request<'_>, _: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    let user = request.text("UserName", &rules::EXISTING_USER_NAME)?;
    state.add_user_to_group(request.text("GroupName", &rules::GROUP_NAME)?, user)?;
    done()
}

pub(super) fn remove_user(request: &Request<'_>, _: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    let user = request.text("UserName", &rules::EXISTING_USER_NAME)?;
    state.remove_user_from_group(request.text("GroupName", &rules::GROUP_NAME)?, user)?;
    done()
}
