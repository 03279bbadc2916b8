//! The account's alias.

use larder_identity::{AccountState, Change};

use crate::operations::{Done, done};
use crate::protocol::{Fault, Page, Xml, rules};
use crate::request::Request;

/// Gives the account an alias, in place of the one it has.
pub(in crate::operations) fn create(
    request: &Request<'_>,
    _: &Change<'_>,
    state: &mut AccountState,
) -> Result<Done, Fault> {
    state.set_alias(request.text("AccountAlias", &rules::ACCOUNT_ALIAS)?)?;
    done()
}

pub(in crate::operations) fn delete(
    request: &Request<'_>,
    _: &Change<'_>,
    state: &mut AccountState,
) -> Result<Done, Fault> {
    state.delete_alias(request.text("AccountAlias", &rules::ACCOUNT_ALIAS)?)?;
    done()
}

pub(in crate::operations) fn list(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let alias = state.account().alias.iter();
    let (aliases, more) = Page::of(&request.input, alias.map(|alias| (alias.to_string(), alias)))?.into_parts();
    let mut xml = Xml::new();
    xml.texts("AccountAliases", aliases);
    more.write(&mut xml);
    Ok(xml)
}
