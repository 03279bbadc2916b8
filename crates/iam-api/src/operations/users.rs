//! Users.

use larder_identity::{AccountState, Change, CreateUser};

use super::{Done, done};
use crate::protocol::{Fault, Page, Xml, rules};
use crate::request::{Request, Subject};
use crate::shapes::{self, Show};

pub(super) fn create(request: &Request<'_>, change: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    let input = &request.input;
    let user = state.create_user(
        change,
        CreateUser {
            name: request.text("UserName", &rules::USER_NAME)?.to_owned(),
            path: input.optional("Path", &rules::PATH)?.map(str::to_owned),
            tags: input.tags()?,
            boundary: input.optional("PermissionsBoundary", &rules::ARN)?.map(str::to_owned),
        },
    )?;
    let mut xml = Xml::new();
    xml.element("User", |xml| shapes::user(xml, request.account, &user, Show::Whole));
    Ok(Done::Answer(xml))
}

pub(super) fn get(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let subject = request.subject(state)?;
    let mut xml = Xml::new();
    xml.element("User", |xml| match subject {
        Subject::Root => shapes::root_user(xml, state),
        Subject::User(user) => shapes::user(xml, request.account, user, Show::Whole),
    });
    Ok(xml)
}

pub(super) fn list(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let prefix = request.input.optional("PathPrefix", &rules::PATH_PREFIX)?.unwrap_or("/");
    let users = state.users().filter(|user| user.path.starts_with(prefix));
    let page = Page::of(&request.input, users.map(|user| (user.name.to_ascii_lowercase(), user)))?;
    let mut xml = Xml::new();
    page.write(&mut xml, "Users", |xml, user| shapes::user(xml, request.account, user, Show::Listed));
    Ok(xml)
}

pub(super) fn update(request: &Request<'_>, _: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    let name = request.text("UserName", &rules::EXISTING_USER_NAME)?;
    let new_name = request.input.optional("NewUserName", &rules::USER_NAME)?;
    state.update_user(name, new_name, request.input.optional("NewPath", &rules::PATH)?)?;
    done()
}

pub(super) fn delete(request: &Request<'_>, _: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    state.delete_user(request.text("UserName", &rules::EXISTING_USER_NAME)?)?;
    done()
}

pub(super) fn list_groups(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let user = state.user(request.text("UserName", &rules::EXISTING_USER_NAME)?)?;
    let groups = state.groups_of(user).map(|group| (group.name.to_ascii_lowercase(), group));
    let page = Page::of(&request.input, groups)?;
    let mut xml = Xml::new();
    page.write(&mut xml, "Groups", |xml, group| shapes::group(xml, request.account, group));
    Ok(xml)
}
