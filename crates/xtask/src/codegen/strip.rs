//! A `service-2.json` of botocore without its prose: names, types and traits only.
//!
//! Operations and shapes come out sorted by name. Members stay in the order of the source, which is the order of the
//! elements in a document, and become a list so that any JSON reader keeps it.

use std::fmt;

use anyhow::{Context, Result, bail};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// What is kept, wherever it stands. Everything else (documentation, endpoint rules, deprecations) is left out.
const KEPT: [&str; 34] = [
    "apiVersion",
    "enum",
    "error",
    "errors",
    "event",
    "eventpayload",
    "eventstream",
    "exception",
    "flattened",
    "http",
    "httpChecksum",
    "httpStatusCode",
    "idempotencyToken",
    "input",
    "key",
    "location",
    "locationName",
    "max",
    "member",
    "members",
    "min",
    "output",
    "payload",
    "protocol",
    "required",
    "resultWrapper",
    "sensitive",
    "shape",
    "streaming",
    "timestampFormat",
    "type",
    "value",
    "xmlAttribute",
    "xmlNamespace",
];

/// Widest line of the result; what fits is on one line.
const WIDTH: usize = 116;

/// JSON whose objects keep their order.
#[derive(Debug)]
enum Json {
    Atom(serde_json::Value),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

pub(crate) fn strip(source: &str) -> Result<String> {
    let Json::Object(service) = serde_json::from_str(source).context("parsing the model")? else {
        bail!("the model is not an object");
    };
    let mut out = Vec::new();
    for (name, value) in service {
        match (name.as_str(), value) {
            ("metadata", value) => out.push((name, kept(value))),
            ("operations" | "shapes", Json::Object(mut entries)) => {
                entries.sort_by(|a, b| a.0.cmp(&b.0));
                let entries = entries.into_iter().map(|(name, value)| (name, entry(value))).collect();
                out.push((name, Json::Object(entries)));
            }
            _ => {}
        }
    }
    let mut text = String::new();
    print(&Json::Object(out), 0, 0, &mut text);
    text.push('\n');
    Ok(text)
}

/// An operation or a shape.
fn entry(value: Json) -> Json {
    let Json::Object(fields) = kept(value) else { return Json::Object(Vec::new()) };
    Json::Object(fields.into_iter().map(|(name, value)| field(name, value)).collect())
}

fn field(name: String, value: Json) -> (String, Json) {
    let value = match (name.as_str(), value) {
        // A reference that carries nothing but the name of a shape becomes that name.
        ("input" | "output", Json::Object(mut fields)) => {
            let at = fields.iter().position(|(name, _)| name == "shape");
            at.map_or(Json::Object(Vec::new()), |at| fields.swap_remove(at).1)
        }
        ("errors", Json::List(errors)) => Json::List(errors.into_iter().map(|e| field("input".into(), e).1).collect()),
        ("members", Json::Object(members)) => Json::List(
            members
                .into_iter()
                .map(|(name, value)| {
                    let mut fields = vec![("name".to_owned(), Json::Atom(name.into()))];
                    if let Json::Object(traits) = kept(value) {
                        fields.extend(traits);
                    }
                    Json::Object(fields)
                })
                .collect(),
        ),
        ("member" | "key" | "value", value) => kept(value),
        (_, value) => value,
    };
    (name, value)
}

/// An object without the fields that are not in [`KEPT`].
fn kept(value: Json) -> Json {
    match value {
        Json::Object(fields) => {
            Json::Object(fields.into_iter().filter(|(name, _)| KEPT.contains(&name.as_str())).collect())
        }
        other => other,
    }
}

fn print(value: &Json, indent: usize, column: usize, out: &mut String) {
    let mut flat = String::new();
    print_flat(value, &mut flat);
    let (open, close) = match value {
        Json::Object(fields) if !fields.is_empty() => ('{', '}'),
        Json::List(items) if !items.is_empty() => ('[', ']'),
        _ => {
            out.push_str(&flat);
            return;
        }
    };
    if column + flat.len() < WIDTH {
        out.push_str(&flat);
        return;
    }
    out.push(open);
    let mut first = true;
    let mut line = |out: &mut String, label: String, value: &Json| {
        out.push_str(if first { "\n" } else { ",\n" });
        first = false;
        out.push_str(&" ".repeat(indent + 1));
        out.push_str(&label);
        print(value, indent + 1, indent + 1 + label.len(), out);
    };
    match value {
        Json::Object(fields) => fields.iter().for_each(|(name, value)| line(out, format!("{name:?}: "), value)),
        Json::List(items) => items.iter().for_each(|item| line(out, String::new(), item)),
        Json::Atom(_) => {}
    }
    out.push('\n');
    out.push_str(&" ".repeat(indent));
    out.push(close);
}

fn print_flat(value: &Json, out: &mut String) {
    match value {
        Json::Atom(atom) => out.push_str(&atom.to_string()),
        Json::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                print_flat(item, out);
            }
            out.push(']');
        }
        Json::Object(fields) => {
            out.push('{');
            for (at, (name, value)) in fields.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                out.push_str(&format!("{name:?}: "));
                print_flat(value, out);
            }
            out.push('}');
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(Ordered)
    }
}

struct Ordered;

impl<'de> Visitor<'de> for Ordered {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Json, E> {
        Ok(Json::Atom(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Json, E> {
        Ok(Json::Atom(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Json, E> {
        Ok(Json::Atom(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> std::result::Result<Json, E> {
        Ok(Json::Atom(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> std::result::Result<Json, E> {
        Ok(Json::Atom(value.into()))
    }

    fn visit_unit<E>(self) -> std::result::Result<Json, E> {
        Ok(Json::Atom(serde_json::Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> std::result::Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Json, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Json::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::strip;

    #[test]
    fn prose_goes_and_order_stays() {
        let source = r#"{
            "documentation": "<p>prose</p>",
            "shapes": {
                "B": {"type": "structure", "documentation": "prose", "required": ["Z"], "members": {
                    "Z": {"shape": "S", "documentation": "prose", "location": "uri", "contextParam": {"name": "Z"}},
                    "A": {"shape": "S", "flattened": true}}},
                "A": {"type": "list", "member": {"shape": "S", "documentation": "prose"}}
            },
            "operations": {"Op": {"name": "Op", "http": {"method": "GET", "requestUri": "/"},
                "input": {"shape": "B"}, "errors": [{"shape": "E", "documentation": "prose"}]}}
        }"#;
        let stripped = strip(source).unwrap();
        assert!(!stripped.contains("prose") && !stripped.contains("contextParam"), "{stripped}");
        let value: serde_json::Value = serde_json::from_str(&stripped).unwrap();
        assert_eq!(value["shapes"]["B"]["members"][0]["name"], "Z");
        assert_eq!(value["shapes"]["B"]["members"][1]["flattened"], true);
        assert_eq!(value["operations"]["Op"]["input"], "B");
        assert_eq!(value["operations"]["Op"]["errors"][0], "E");
        assert!(stripped.find("\"A\": {").unwrap() < stripped.find("\"B\": {").unwrap());
        assert_eq!(strip(source).unwrap(), stripped);
    }
}
