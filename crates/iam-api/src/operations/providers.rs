//! OpenID Connect providers.

use larder_identity::{AccountState, Change, CreateOidcProvider};

use super::{Done, done};
use crate::protocol::{Fault, Xml, rules};
use crate::request::Request;
use crate::shapes;

pub(super) fn create(request: &Request<'_>, change: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    let input = &request.input;
    let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
    let provider = state.create_oidc_provider(
        change,
        CreateOidcProvider {
            url: request.text("Url", &rules::PROVIDER_URL)?.to_owned(),
            client_ids: owned(input.texts("ClientIDList", &rules::CLIENT_ID)?),
            thumbprints: owned(input.texts("ThumbprintList", &rules::THUMBPRINT)?),
            tags: input.tags()?,
        },
    )?;
    let mut xml = Xml::new();
    xml.text("OpenIDConnectProviderArn", provider.arn(request.account));
    shapes::some_tags(&mut xml, &provider.tags);
    Ok(Done::Answer(xml))
}

pub(super) fn get(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let provider = state.oidc_provider(request.text("OpenIDConnectProviderArn", &rules::ARN)?)?;
    let mut xml = Xml::new();
    // AWS shows the URL without its scheme, which is always `https`.
    let scheme = if provider.plain_http { "http://" } else { "" };
    xml.text("Url", format!("{scheme}{}", provider.url));
    xml.texts("ClientIDList", &provider.client_ids);
    xml.texts("ThumbprintList", &provider.thumbprints);
    xml.time("CreateDate", provider.created);
    shapes::tags(&mut xml, &provider.tags);
    Ok(xml)
}

/// All of them: this list has no pages.
pub(super) fn list(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let mut xml = Xml::new();
    xml.list("OpenIDConnectProviderList", state.oidc_providers(), |xml, provider| {
        xml.text("Arn", provider.arn(request.account));
    });
    Ok(xml)
}

pub(super) fn delete(request: &Request<'_>, _: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    state.delete_oidc_provider(request.text("OpenIDConnectProviderArn", &rules::ARN)?)?;
    done()
}

pub(super) fn add_client_id(request: &Request<'_>, _: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    let arn = request.text("OpenIDConnectProviderArn", &rules::ARN)?;
    state.add_client_id(arn, request.text("ClientID", &rules::CLIENT_ID)?)?;
    done()
}

pub(super) fn remove_client_id(request: &Request<'_>, _: &Change<'_>, state: &mut AccountState) -> Result<Done, Fault> {
    let arn = request.text("OpenIDConnectProviderArn", &rules::ARN)?;
    state.remove_client_id(arn, request.text("ClientID", &rules::CLIENT_ID)?)?;
    done()
}

pub(super) fn update_thumbprints(
    request: &Request<'_>,
    _: &Change<'_>,
    state: &mut AccountState,
) -> Result<Done, Fault> {
    let arn = request.text("OpenIDConnectProviderArn", &rules::ARN)?;
    if !request.input.has_list("ThumbprintList") {
        return Err(request.input.absent("ThumbprintList"));
    }
    let thumbprints: Vec<String> =
        request.input.texts("ThumbprintList", &rules::THUMBPRINT)?.into_iter().map(str::to_owned).collect();
    state.update_thumbprints(arn, &thumbprints)?;
    done()
}
