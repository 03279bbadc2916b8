//! Inline policies of users, groups and roles.

use larder_identity::AccountState;

use super::holder::{Kind, write_name};
use crate::operations::{Done, done};
use crate::protocol::{Fault, Page, Xml, rules};
use crate::request::Request;
use crate::shapes;

pub(in crate::operations) fn put(request: &Request<'_>, state: &mut AccountState, kind: Kind) -> Result<Done, Fault> {
    let name = request.text("PolicyName", &rules::POLICY_NAME)?;
    state.put_inline_policy(kind.of(request)?, name, request.text("PolicyDocument", &rules::DOCUMENT)?)?;
    done()
}

pub(in crate::operations) fn delete(
    request: &Request<'_>,
    state: &mut AccountState,
    kind: Kind,
) -> Result<Done, Fault> {
    state.delete_inline_policy(kind.of(request)?, request.text("PolicyName", &rules::POLICY_NAME)?)?;
    done()
}

pub(in crate::operations) fn get(request: &Request<'_>, state: &AccountState, kind: Kind) -> Result<Xml, Fault> {
    let name = request.text("PolicyName", &rules::POLICY_NAME)?;
    let holder = kind.of(request)?;
    let document = state.inline_policy(holder, name)?;
    let mut xml = Xml::new();
    write_name(&mut xml, holder);
    xml.text("PolicyName", name);
    shapes::document(&mut xml, "PolicyDocument", document);
    Ok(xml)
}

pub(in crate::operations) fn list(request: &Request<'_>, state: &AccountState, kind: Kind) -> Result<Xml, Fault> {
    let names = state.inline_policies(kind.of(request)?)?.keys();
    let page = Page::of(&request.input, names.map(|name| (name.to_string(), name)))?;
    let (names, more) = page.into_parts();
    let mut xml = Xml::new();
    xml.texts("PolicyNames", names);
    more.write(&mut xml);
    Ok(xml)
}
