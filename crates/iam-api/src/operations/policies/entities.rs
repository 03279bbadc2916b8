//! What a managed policy is attached to.

use larder_identity::AccountState;

use crate::protocol::{Fault, Page, Xml, rules};
use crate::request::Request;

/// A user, group or role: its type, name and unique id.
struct Entity {
    kind: &'static str,
    name: String,
    id: String,
}

pub(in crate::operations) fn list(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let input = &request.input;
    let arn = request.text("PolicyArn", &rules::ARN)?;
    if state.find_policy(arn).is_none() {
        return Err(Fault::missing(format!("Policy {arn} does not exist or is not attachable.")));
    }
    let prefix = input.optional("PathPrefix", &rules::PATH_PREFIX)?.unwrap_or("/");
    // Policies are entities too, but nothing is attached to them.
    let kinds =
        [("User", "User"), ("Role", "Role"), ("Group", "Group"), ("LocalManagedPolicy", ""), ("AWSManagedPolicy", "")];
    let kind = input.word("EntityFilter", &kinds)?;
    let as_boundary =
        input.word("PolicyUsageFilter", &[("PermissionsPolicy", false), ("PermissionsBoundary", true)])?;
    let wanted = entities(state, arn, prefix, as_boundary).into_iter();
    let wanted = wanted.filter(|entity| kind.is_none_or(|kind| kind == entity.kind));
    let page = Page::of(input, wanted.map(|entity| (format!("{}/{}", entity.kind, entity.name), entity)))?;
    let (entities, more) = page.into_parts();
    let mut xml = Xml::new();
    for (list, kind) in [("PolicyGroups", "Group"), ("PolicyUsers", "User"), ("PolicyRoles", "Role")] {
        xml.list(list, entities.iter().filter(|entity| entity.kind == kind), |xml, entity| {
            xml.text(&format!("{kind}Name"), &entity.name);
            xml.text(&format!("{kind}Id"), &entity.id);
        });
    }
    more.write(&mut xml);
    Ok(xml)
}

/// What uses the policy; `as_boundary` leaves only one way of using it.
fn entities(state: &AccountState, arn: &str, prefix: &str, as_boundary: Option<bool>) -> Vec<Entity> {
    let uses = |attached: bool, boundary: Option<&str>| {
        let bounded = boundary == Some(arn);
        match as_boundary {
            None => attached || bounded,
            Some(true) => bounded,
            Some(false) => attached,
        }
    };
    let entity = |kind, name: &str, id: &str| Entity { kind, name: name.to_owned(), id: id.to_owned() };
    let mut found = Vec::new();
    for user in state.users() {
        if user.path.starts_with(prefix) && uses(user.attached.contains(arn), user.boundary.as_deref()) {
            found.push(entity("User", &user.name, &user.id));
        }
    }
    for group in state.groups() {
        if group.path.starts_with(prefix) && uses(group.attached.contains(arn), None) {
            found.push(entity("Group", &group.name, &group.id));
        }
    }
    for role in state.roles() {
        if role.path.starts_with(prefix) && uses(role.attached.contains(arn), role.boundary.as_deref()) {
            found.push(entity("Role", &role.name, &role.id));
        }
    }
    found
}
