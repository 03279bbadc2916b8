//! The operation table against the service model: every operation, with its method, level and query parameters.

use std::collections::BTreeSet;

use larder_wire::address::Level;
use larder_wire::error::ErrorCode;
use larder_wire::operation::{Operation, Selector};
use serde_json::Value;

/// Operations of the model that the table has not, because no request to this server can be told to be one.
const LEFT_OUT: [&str; 5] = [
    "GetBucketLifecycle",
    "GetBucketNotification",
    "PutBucketLifecycle",
    "PutBucketNotification",
    "WriteGetObjectResponse",
];

/// Operations of the table that the model has not.
const ADDED: [Operation; 5] = [
    Operation::PostObject,
    Operation::Preflight,
    Operation::GetAccountPublicAccessBlock,
    Operation::PutAccountPublicAccessBlock,
    Operation::DeleteAccountPublicAccessBlock,
];

fn model() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/model/s3.json");
    let text = std::fs::read_to_string(path).expect("the model is checked in");
    serde_json::from_str(&text).expect("the model is JSON")
}

fn level(path: &str) -> Level {
    match path {
        "/" => Level::Service,
        "/{Bucket}" => Level::Bucket,
        "/{Bucket}/{Key+}" => Level::Object,
        other => panic!("unknown path {other}"),
    }
}

/// Names of the query parameters of an operation's input.
fn query_members<'a>(model: &'a Value, operation: &'a Value) -> BTreeSet<&'a str> {
    let Some(input) = operation["input"].as_str() else { return BTreeSet::new() };
    model["shapes"][input]["members"]
        .as_array()
        .expect("a structure has members")
        .iter()
        .filter(|member| member["location"] == "querystring")
        .map(|member| member["locationName"].as_str().expect("a query parameter has a name"))
        .collect()
}

#[test]
fn every_operation_of_the_model_has_its_row() {
    let model = model();
    let operations = model["operations"].as_object().unwrap();
    for (name, definition) in operations {
        if LEFT_OUT.contains(&name.as_str()) {
            assert_eq!(Operation::from_name(name), None);
            continue;
        }
        let operation = Operation::from_name(name).unwrap_or_else(|| panic!("{name} is missing from the table"));
        let row = operation.row();
        assert_eq!(definition["http"]["method"], row.verb.as_str(), "{name}");
        let uri = definition["http"]["requestUri"].as_str().unwrap();
        let (path, fixed) = uri.split_once('?').unwrap_or((uri, ""));
        assert_eq!(level(path), row.level, "{name}");

        let mut expected = query_members(&model, definition);
        for pair in fixed.split('&').filter(|pair| !pair.is_empty()) {
            let (parameter, value) = pair.split_once('=').unwrap_or((pair, ""));
            expected.insert(parameter);
            let selects = row.selectors.iter().any(|selector| match *selector {
                Selector::Has(name) => name == parameter,
                Selector::Is(name, fixed) => name == parameter && fixed == value,
                Selector::Header(_) | Selector::Form => false,
            });
            assert!(selects || parameter == "select-type", "{name} is not chosen by ?{pair}");
        }
        let accepted: BTreeSet<&str> =
            row.parameters.iter().copied().chain(row.selectors.iter().filter_map(Selector::parameter)).collect();
        assert_eq!(accepted, expected, "{name}");
    }
}

#[test]
fn every_row_is_an_operation_of_the_model() {
    let model = model();
    for operation in Operation::ALL {
        let known = model["operations"].get(operation.name()).is_some();
        assert_ne!(known, ADDED.contains(operation), "{operation:?}");
    }
}

#[test]
fn headers_that_choose_are_required_by_the_model() {
    let model = model();
    for operation in Operation::ALL {
        for selector in operation.row().selectors {
            let Selector::Header(header) = selector else { continue };
            let input = model["operations"][operation.name()]["input"].as_str().unwrap();
            let shape = &model["shapes"][input];
            let members = shape["members"].as_array().unwrap();
            let member = members.iter().find(|member| member["locationName"] == *header).expect("the header's member");
            assert!(shape["required"].as_array().unwrap().contains(&member["name"]), "{operation:?}");
        }
    }
}

#[test]
fn every_error_of_the_model_has_its_code() {
    let model = model();
    for (name, definition) in model["operations"].as_object().unwrap() {
        for error in definition["errors"].as_array().into_iter().flatten() {
            let error = error.as_str().unwrap();
            assert!(ErrorCode::from_name(error).is_some(), "{error} of {name}");
        }
    }
}
