//! Access keys.

use larder_identity::{AccountState, Change, KeyStatus, Who};

use super::{Done, done};
use crate::protocol::{Fault, Page, Xml, rules};
use crate::request::{ROOT, Request};
use crate::shapes;

/// Makes a key. This answer alone shows its secret.
pub(super) fn create(request: &Request<'_>, change: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    let subject = request.subject(state)?;
    let (who, name) = (subject.who(), subject.name().to_owned());
    let key = state.create_access_key(change, who)?;
    let mut xml = Xml::new();
    xml.element("AccessKey", |xml| {
        shapes::access_key(xml, &name, &key);
        xml.text("SecretAccessKey", key.secret.expose());
    });
    Ok(Done::Answer(xml))
}

pub(super) fn list(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let subject = request.subject(state)?;
    let who = subject.who();
    let page = Page::of(&request.input, state.access_keys(&who).map(|key| (key.id.to_string(), key)))?;
    let mut xml = Xml::new();
    page.write(&mut xml, "AccessKeyMetadata", |xml, key| shapes::access_key(xml, subject.name(), key));
    Ok(xml)
}

pub(super) fn update(request: &Request<'_>, _: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    let words = [("Active", KeyStatus::Active), ("Inactive", KeyStatus::Inactive)];
    let status = request.input.word("Status", &words)?.ok_or_else(|| request.input.absent("Status"))?;
    let id = request.text("AccessKeyId", &rules::ACCESS_KEY_ID)?;
    let who = request.subject(state)?.who();
    state.update_access_key(&who, id, status)?;
    done()
}

pub(super) fn delete(request: &Request<'_>, _: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    let id = request.text("AccessKeyId", &rules::ACCESS_KEY_ID)?;
    let who = request.subject(state)?.who();
    state.delete_access_key(&who, id)?;
    done()
}

pub(super) fn last_used(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let key = state.access_key(request.text("AccessKeyId", &rules::ACCESS_KEY_ID)?)?;
    let mut xml = Xml::new();
    match &key.owner {
        Who::Root => xml.text("UserName", ROOT),
        Who::User(id) => xml.optional("UserName", state.user_by_id(id).map(|user| &user.name)),
    }
    xml.element("AccessKeyLastUsed", |xml| match request.last_used(&key.id) {
        Some(used) => {
            xml.text("Region", &used.region);
            xml.time("LastUsedDate", used.at);
            xml.text("ServiceName", &used.service);
        }
        // As AWS answers for a key that was never used.
        None => {
            xml.text("Region", "N/A");
            xml.text("ServiceName", "N/A");
        }
    });
    Ok(xml)
}
