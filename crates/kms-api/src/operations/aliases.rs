//! CreateAlias, UpdateAlias, DeleteAlias, ListAliases. Whoever points an alias somewhere needs the permission on the alias and
//! on the keys. <https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html>

use larder_kms::{ListAliases, RequestFacts as Facts};

use super::{Answer, shapes};
use crate::protocol::rules;
use crate::request::Request;

pub(super) async fn create(request: &Request<'_>) -> Answer {
    let name = request.input.required("AliasName", &rules::ALIAS_NAME)?;
    let target = request.input.required("TargetKeyId", &rules::KEY_ID)?;
    let action = "kms:CreateAlias";
    let facts = Facts::default();
    request.allow_alias(name, action, &facts)?;
    let key = request.key_by_id(target, action, &facts)?;
    request.kms.create_alias(&key, name).await?;
    Ok(None)
}

pub(super) async fn update(request: &Request<'_>) -> Answer {
    let name = request.input.required("AliasName", &rules::ALIAS_NAME)?;
    let target = request.input.required("TargetKeyId", &rules::KEY_ID)?;
    let action = "kms:UpdateAlias";
    let facts = Facts::default();
    request.allow_alias(name, action, &facts)?;
    let key = request.key_by_id(target, action, &facts)?;
    if let Ok(held) = request.kms.find(request.region, request.account, name) {
        request.allow(&held, action, &facts)?;
    }
    request.kms.update_alias(&key, name).await?;
    Ok(None)
}

pub(super) async fn delete(request: &Request<'_>) -> Answer {
    let name = request.input.required("AliasName", &rules::ALIAS_NAME)?;
    let action = "kms:DeleteAlias";
    let facts = Facts::default();
    request.allow_alias(name, action, &facts)?;
    if let Ok(held) = request.kms.find(request.region, request.account, name) {
        request.allow(&held, action, &facts)?;
    }
    request.kms.delete_alias(request.account, request.region, name).await?;
    Ok(None)
}

pub(super) async fn list(request: &Request<'_>) -> Answer {
    let named = request.input.text("KeyId", &rules::KEY_ID)?;
    let page = request.page(100, 50)?;
    request.allow_in_account("kms:ListAliases", &Facts::default())?;
    let key = named.map(|named| request.own_key(named, "kms:ListAliases")).transpose()?;
    let wanted = ListAliases { account: request.account, region: request.region, key: key.as_deref(), page };
    let listed = request.kms.list_aliases(wanted);
    Ok(Some(shapes::page("Aliases", &listed, shapes::alias)))
}
