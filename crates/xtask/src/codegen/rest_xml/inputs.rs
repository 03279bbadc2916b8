//! Requests: a structure and its `decode`.

use anyhow::{Result, bail};

use super::Context;
use super::fields::{Field, Kind, Place};
use crate::codegen::names;

impl Context<'_> {
    pub(super) fn input(&self, operation: &str, fields: &[Field]) -> Result<String> {
        let name = format!("{}Input", names::type_name(operation));
        let doc = format!("/// What a `{operation}` request carries in its address, query, headers and XML body.\n");
        let mut text = self.declaration(&name, &doc, fields);
        let has_headers = fields.iter().any(in_headers);
        let checked: Vec<&Field> =
            fields.iter().filter(|field| field.required && field.is_collection() && in_headers(field)).collect();
        let has_payload = fields.iter().any(|field| field.place == Place::Payload);
        text.push_str(&format!("impl {name} {{\n/// Decodes a request; `body` is the whole XML body.\n"));
        text.push_str(
            "///\n/// # Errors\n/// What S3 answers to a value that is malformed or to one that is missing.\n",
        );
        text.push_str(&format!(
            "pub fn decode(request: &RequestParts<'_>, {}: &[u8]) -> Result<Self, S3Error> {{\n",
            if has_payload { "body" } else { "_body" }
        ));
        text.push_str(if has_headers { "let mut input = Self {\n" } else { "Ok(Self {\n" });
        for field in fields {
            text.push_str(&format!("{}: {},\n", field.name, self.start(operation, field)?));
        }
        text.push_str(if has_headers { "};\n" } else { "})\n}\n}\n\n" });
        if !has_headers {
            return Ok(text);
        }
        text.push_str("request.each_header(|name, value| input.set_header(name, value))?;\n");
        for field in checked {
            text.push_str(&format!(
                "if input.{}.is_empty() {{ return Err(decode::missing_header({:?})); }}\n",
                field.name, field.wire
            ));
        }
        text.push_str("Ok(input)\n}\n\n");
        text.push_str(&set_header(fields)?);
        text.push_str("}\n\n");
        Ok(text)
    }

    /// The value of a member before the headers are read.
    fn start(&self, operation: &str, field: &Field) -> Result<String> {
        let wire = &field.wire;
        Ok(match field.place {
            Place::Uri if wire == "Bucket" => "request.required_bucket()?".to_owned(),
            Place::Uri if wire == "Key" => "request.required_key()?".to_owned(),
            Place::Query => self.query(field)?,
            Place::Header if field.required && !field.is_collection() => {
                if !matches!(field.kind, Kind::String) {
                    bail!("{operation}: a required header {wire} that is not a string is not generated");
                }
                format!("request.required_header({wire:?})?")
            }
            Place::Header | Place::HeaderPrefix if field.is_collection() => "Vec::new()".to_owned(),
            Place::Header => "None".to_owned(),
            Place::Payload if field.required && matches!(field.kind, Kind::String) => {
                "decode::payload_text(body)?".to_owned()
            }
            Place::Payload if field.required => {
                let strict = self.selection.strict_payloads.contains(&operation);
                format!("decode::{}(body, {wire:?})?", if strict { "payload_strict" } else { "payload" })
            }
            Place::Payload => format!("decode::optional_payload(body, {wire:?})?"),
            _ => bail!("{operation}: {wire} has a place that is not generated"),
        })
    }

    fn query(&self, field: &Field) -> Result<String> {
        let wire = &field.wire;
        let known = self.selection.known_parameters.iter().find(|(name, _)| name == wire);
        Ok(match (&field.kind, field.required) {
            (Kind::String, true) => format!("request.required_query_text({wire:?})?"),
            (Kind::Integer | Kind::Long, true) => format!("request.required_query_integer({wire:?})?"),
            (Kind::String, false) => format!("request.query_text({wire:?})"),
            (Kind::Integer | Kind::Long, false) => format!("request.query_integer({wire:?})?"),
            (Kind::Boolean, false) => format!("request.query_boolean({wire:?})?"),
            (Kind::Enum(_), false) => match known {
                Some((_, message)) => format!("request.query_known({wire:?}, {message:?})?"),
                None => bail!("the query parameter {wire} needs a line in known_parameters"),
            },
            _ => bail!("the query parameter {wire} is of a kind that is not generated"),
        })
    }
}

/// Whether the pass over the headers sets this member.
fn in_headers(field: &Field) -> bool {
    match field.place {
        Place::Header => !field.required || field.is_collection(),
        Place::HeaderPrefix => true,
        _ => false,
    }
}

fn set_header(fields: &[Field]) -> Result<String> {
    let mut text = String::from("fn set_header(&mut self, name: &str, value: &[u8]) -> Result<(), S3Error> {\n");
    text.push_str("match name {\n");
    let mut last = "_ => {}\n".to_owned();
    for field in fields.iter().filter(|field| in_headers(field)) {
        let (name, wire) = (&field.name, &field.wire);
        let call = match &field.kind {
            Kind::String => format!("decode::text(&mut self.{name}, value)"),
            Kind::Enum(_) => format!("decode::enumeration(&mut self.{name}, value)"),
            Kind::List { item, .. } if matches!(**item, Kind::Enum(_)) => {
                format!("decode::enumerations(&mut self.{name}, value)")
            }
            Kind::Boolean => format!("decode::boolean(&mut self.{name}, name, value)?"),
            Kind::Integer | Kind::Long => format!("decode::integer(&mut self.{name}, name, value)?"),
            Kind::Timestamp(true) => format!("decode::iso8601(&mut self.{name}, name, value)?"),
            Kind::Timestamp(false) => format!("decode::http_date(&mut self.{name}, value)"),
            Kind::Map => {
                last = format!(
                    "_ => if let Some(name) = name.strip_prefix({wire:?}) {{ decode::entry(&mut self.{name}, name, value); }}\n"
                );
                continue;
            }
            _ => bail!("the header {wire} is of a kind that is not generated"),
        };
        text.push_str(&format!("{wire:?} => {call},\n"));
    }
    text.push_str(&last);
    text.push_str("}\nOk(())\n}\n");
    Ok(text)
}
