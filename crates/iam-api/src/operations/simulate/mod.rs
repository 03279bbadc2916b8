//! The policy simulator: what policies would say, without anybody asking.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>

mod documents;
mod entries;
mod outcome;

use std::collections::BTreeSet;

use larder_identity::AccountState;
use larder_policy::Principal;

use self::documents::{Source, Sources};
use self::entries::Entries;
use self::outcome::Simulation;
use crate::protocol::{Code, Fault, Page, Xml, rules};
use crate::request::Request;

/// Most questions (actions times resources) of one request.
const MAX_QUESTIONS: usize = 10_000;
/// Most statements that are asked for one answer, each counted for every question.
const MAX_STATEMENTS_ASKED: usize = 100_000;
/// Most bytes of documents that are gone through for one answer, each counted for every question.
const MAX_BYTES_ASKED: usize = 64 * 1024 * 1024;
/// Longest list of results, in bytes.
const MAX_RESULT_BYTES: usize = 4 * 1024 * 1024;

/// Policies that the request brings along.
pub(super) fn custom(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    if !request.input.has_list("PolicyInputList") {
        return Err(request.input.absent("PolicyInputList"));
    }
    let caller = caller(request, state)?;
    simulate(request, state, Sources::default(), caller)
}

/// The policies of a user, group or role, and those that the request brings along.
pub(super) fn principal(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let arn = request.text("PolicySourceArn", &rules::ARN)?;
    let source = Source::find(state, arn)?;
    let caller = match caller(request, state)? {
        Some(caller) => Some(caller),
        None => source.principal(state),
    };
    simulate(request, state, source.documents(state), caller)
}

/// The condition keys that the given documents name.
pub(super) fn keys_of_custom(request: &Request<'_>, _: &AccountState) -> Result<Xml, Fault> {
    if !request.input.has_list("PolicyInputList") {
        return Err(request.input.absent("PolicyInputList"));
    }
    let mut sources = Sources::default();
    sources.add_input(request)?;
    Ok(write_keys(&sources))
}

/// The condition keys that the policies of a user, group or role name, and the given documents.
pub(super) fn keys_of_principal(request: &Request<'_>, state: &AccountState) -> Result<Xml, Fault> {
    let source = Source::find(state, request.text("PolicySourceArn", &rules::ARN)?)?;
    let mut sources = source.documents(state);
    sources.add_input(request)?;
    Ok(write_keys(&sources))
}

fn write_keys(sources: &Sources) -> Xml {
    let keys: BTreeSet<&str> =
        sources.identity.iter().chain(&sources.boundary).flat_map(|source| source.policy.context_keys()).collect();
    let mut xml = Xml::new();
    xml.texts("ContextKeyNames", keys);
    xml
}

/// The user that `CallerArn` names, for resource policies and variables.
fn caller(request: &Request<'_>, state: &AccountState) -> Result<Option<Principal>, Fault> {
    let Some(arn) = request.input.optional("CallerArn", &rules::RESOURCE_NAME)? else { return Ok(None) };
    let user = state.users().find(|user| user.arn(state.id()) == arn);
    let user = user.ok_or_else(|| {
        Fault::new(
            Code::InvalidInput,
            format!("Invalid Entity Arn: {arn} does not clearly define entity type and name."),
        )
    })?;
    Ok(Some(state.principal_of_user(user)))
}

fn simulate(
    request: &Request<'_>,
    state: &AccountState,
    mut sources: Sources,
    caller: Option<Principal>,
) -> Result<Xml, Fault> {
    let input = &request.input;
    for refused in ["OrderedOrganizationPolicyInputList", "PolicyExclusionList"] {
        if input.has_prefix(refused) {
            return Err(Fault::new(Code::InvalidInput, format!("{refused} is not supported by this server.")));
        }
    }
    sources.add_input(request)?;
    let actions = input.texts("ActionNames", &rules::ACTION_NAME)?;
    if actions.is_empty() {
        return Err(input.absent("ActionNames"));
    }
    let mut resources = input.texts("ResourceArns", &rules::RESOURCE_NAME)?;
    if resources.is_empty() {
        resources.push("*");
    }
    if actions.len().saturating_mul(resources.len()) > MAX_QUESTIONS {
        return Err(Fault::new(Code::InvalidInput, format!("There are more than {MAX_QUESTIONS} simulations.")));
    }
    if let Some(action) = actions.iter().find(|action| !action.contains(':')) {
        return Err(Fault::new(Code::InvalidInput, format!("{action} is not a valid action.")));
    }
    let entries = Entries::read(request, caller.as_ref())?;
    let simulation = Simulation::new(request, state, &sources, caller, &entries)?;
    let questions = actions.iter().flat_map(|action| resources.iter().map(move |resource| (*action, *resource)));
    let numbered = questions.enumerate().map(|(number, question)| (format!("{number:06}"), question));
    let page = Page::of(input, numbered)?;
    let (questions, more) = page.into_parts();
    let (statements, bytes) = simulation.size();
    if questions.len() * statements > MAX_STATEMENTS_ASKED || questions.len() * bytes > MAX_BYTES_ASKED {
        return Err(too_much());
    }
    let mut xml = Xml::new();
    let mut refused = None;
    xml.element("EvaluationResults", |xml| {
        for (action, resource) in questions {
            match simulation.ask(action, resource) {
                Ok(outcome) => xml.element("member", |xml| outcome.write(xml)),
                Err(fault) => refused = Some(fault),
            }
            if xml.len() > MAX_RESULT_BYTES {
                refused = Some(too_much());
            }
            if refused.is_some() {
                return;
            }
        }
    });
    if let Some(fault) = refused {
        return Err(fault);
    }
    more.write(&mut xml);
    Ok(xml)
}

/// What one request costs is bounded: it runs while others wait.
fn too_much() -> Fault {
    let message = "The simulation is too large. Ask about fewer actions and resources at once, or set MaxItems.";
    Fault::new(Code::InvalidInput, message)
}
