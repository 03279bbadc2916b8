//! Reads the `Condition` element.

use crate::condition::{Condition, Operator, ValueFamily};
use crate::json::{Node, Value};

/// What is wrong with a condition.
pub(super) enum ConditionFault {
    /// Something has the wrong JSON type.
    Shape,
    /// There is no such operator.
    Operator(String),
    /// The operator cannot have such a value.
    Value(ValueFamily),
}

pub(super) fn conditions(
    element: Option<&[(String, Node)]>,
    variables: bool,
) -> Result<Vec<Condition>, ConditionFault> {
    let mut conditions = Vec::new();
    for (name, node) in element.unwrap_or_default() {
        let operator = Operator::parse(name).ok_or_else(|| ConditionFault::Operator(name.clone()))?;
        for (key, values) in node.map().ok_or(ConditionFault::Shape)? {
            if key.is_empty() {
                return Err(ConditionFault::Shape);
            }
            let values = scalars(values).ok_or(ConditionFault::Shape)?;
            let condition = Condition::new(operator, key, &values, variables);
            conditions.push(condition.map_err(|invalid| ConditionFault::Value(invalid.0))?);
        }
    }
    Ok(conditions)
}

/// A value or a list of values; numbers and booleans need no quotes.
fn scalars(node: &Node) -> Option<Vec<String>> {
    match &node.value {
        Value::List(list) => list.iter().map(scalar).collect(),
        _ => Some(vec![scalar(node)?]),
    }
}

fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) | Value::Number(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}
