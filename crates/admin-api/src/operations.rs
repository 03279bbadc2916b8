//! What can be asked for, and what each takes.

use std::pin::Pin;

use http::StatusCode;
use larder_http::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::quotas::Decision;
use crate::refusal::{AdminError, answer};
use crate::{AdminApi, accounts, keys, quotas, upkeep};

type Outcome<'a> = Pin<Box<dyn Future<Output = Result<Response, AdminError>> + Send + 'a>>;

/// One operation.
pub(crate) struct Operation {
    /// What `X-Amz-Target` calls it.
    pub(crate) name: &'static str,
    /// The action that its sender must be allowed.
    pub(crate) action: &'static str,
    /// Carries it out, for a request's body. Whether the sender may is settled by then.
    pub(crate) run: for<'a> fn(&'a AdminApi, &'a [u8]) -> Outcome<'a>,
}

/// All of them.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateAccount",
        action: "larder:CreateAccount",
        run: |api, body| Box::pin(async move { done(&accounts::create(api, parse(body)?).await?) }),
    },
    Operation {
        name: "ListAccounts",
        action: "larder:ListAccounts",
        run: |api, body| Box::pin(async move { done(&accounts::list(api, parse(body)?)) }),
    },
    Operation {
        name: "DeleteAccount",
        action: "larder:DeleteAccount",
        run: |api, body| Box::pin(async move { done(&accounts::delete(api, parse(body)?).await?) }),
    },
    Operation {
        name: "ListKeys",
        action: "larder:ListKeys",
        run: |api, body| Box::pin(async move { done(&keys::list(api, parse(body)?)) }),
    },
    Operation {
        name: "RotateMasterKey",
        action: "larder:RotateMasterKey",
        run: |api, body| Box::pin(async move { done(&keys::rotate_master(api, parse(body)?).await?) }),
    },
    Operation {
        name: "RotateRootKey",
        action: "larder:RotateRootKey",
        run: |api, body| Box::pin(async move { done(&keys::rotate_root(api, parse(body)?).await?) }),
    },
    Operation {
        name: "ReadKeyring",
        action: "larder:ReadKeyring",
        run: |api, body| Box::pin(async move { done(&keys::read(api, parse(body)?).await) }),
    },
    Operation {
        name: "ListQuotaRequests",
        action: "larder:ListQuotaRequests",
        run: |api, body| Box::pin(async move { done(&quotas::list(api, parse(body)?)) }),
    },
    Operation {
        name: "ApproveQuotaRequest",
        action: "larder:ApproveQuotaRequest",
        run: |api, body| Box::pin(async move { done(&quotas::decide(api, parse(body)?, Decision::Approve).await?) }),
    },
    Operation {
        name: "DenyQuotaRequest",
        action: "larder:DenyQuotaRequest",
        run: |api, body| Box::pin(async move { done(&quotas::decide(api, parse(body)?, Decision::Deny).await?) }),
    },
    Operation {
        name: "StartScrub",
        action: "larder:StartScrub",
        run: |api, body| Box::pin(async move { done(&upkeep::start_scrub(api, parse(body)?).await?) }),
    },
    Operation {
        name: "GetScrub",
        action: "larder:GetScrub",
        run: |api, body| Box::pin(async move { done(&upkeep::get_scrub(api, parse(body)?).await) }),
    },
    Operation {
        name: "BeginBackup",
        action: "larder:Backup",
        run: |api, body| Box::pin(async move { done(&upkeep::begin_backup(api, parse(body)?).await?) }),
    },
    Operation {
        name: "KeepBackup",
        action: "larder:Backup",
        run: |api, body| Box::pin(async move { done(&upkeep::keep_backup(api, parse(body)?).await?) }),
    },
    Operation {
        name: "EndBackup",
        action: "larder:Backup",
        run: |api, body| Box::pin(async move { done(&upkeep::end_backup(api, parse(body)?).await?) }),
    },
];

/// The names of all operations.
pub fn operations() -> impl Iterator<Item = &'static str> {
    OPERATIONS.iter().map(|operation| operation.name)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, AdminError> {
    // Where and of what kind, but not the error's text: it repeats values of the wrong type, which may be secrets.
    serde_json::from_slice(body).map_err(|error: serde_json::Error| {
        let (kind, line, column) = (error.classify(), error.line(), error.column());
        let message = format!("the request is not understood: {kind:?} error at line {line}, column {column}");
        AdminError::new(StatusCode::BAD_REQUEST, "SerializationException", message)
    })
}

fn done(message: &impl Serialize) -> Result<Response, AdminError> {
    Ok(answer(StatusCode::OK, message))
}
