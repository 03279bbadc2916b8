//! Responses: a structure and its `encode`.

use anyhow::{Context as _, Result, bail};

use super::fields::{Field, Kind, Place};
use super::structures::write_body;
use super::{Context, Operation};
use crate::codegen::names;

/// Bytes that a document takes without the items of its lists, and that an item takes on average.
const DOCUMENT_BYTES: usize = 512;
const ITEM_BYTES: usize = 320;

impl Context<'_> {
    pub(super) fn output(&self, name: &str, operation: &Operation, fields: &[Field]) -> Result<String> {
        let output = format!("{}Output", names::type_name(name));
        let (fields, items) = self.interleave(name, fields)?;
        let fields = fields.as_slice();
        let doc = format!("/// What a `{name}` response carries in its headers and XML body.\n");
        let mut text = self.declaration(&output, &doc, fields);
        text.push_str(&format!("impl {output} {{\n/// Encodes the response.\n"));
        text.push_str("pub fn encode(&self) -> EncodedResponse {\n");
        let mut body = String::new();
        for field in fields {
            body.push_str(&header(field)?);
        }
        let elements = self.in_order(name, fields)?;
        body.push_str(&self.document(name, fields, &elements)?);
        let status = status(operation.http.response_code)?;
        if body.is_empty() {
            text.push_str(&format!("EncodedResponse::new({status})\n}}\n}}\n\n"));
            return Ok(text);
        }
        text.push_str(&format!("let mut response = EncodedResponse::new({status});\n"));
        if fields.iter().any(|field| field.place == Place::Header && field.wire == "content-range") {
            text.push_str("if self.content_range.is_some() { response.status = StatusCode::PARTIAL_CONTENT; }\n");
        }
        if body.contains("(headers,") {
            text.push_str("let headers = &mut response.headers;\n");
        }
        text.push_str(&body);
        text.push_str("response\n}\n}\n\n");
        if !elements.is_empty() && !self.selection.bare_roots.contains(&name) {
            text.push_str(&format!("impl WriteXml for {output} {{\nconst COLLAPSES: bool = true;\n\n"));
            text.push_str(&write_body(&elements)?);
            text.push_str("}\n");
        }
        text.push_str(&items);
        Ok(text)
    }

    /// Makes one member, `items`, of two lists that S3 writes as one listing, and the text of its items' type: their order
    /// is the operation's to say.
    fn interleave(&self, name: &str, fields: &[Field]) -> Result<(Vec<Field>, String)> {
        let Some((_, first, second)) = self.selection.interleaved.iter().find(|pair| pair.0 == name) else {
            return Ok((fields.to_vec(), String::new()));
        };
        let list = |wire: &str| {
            let field = fields.iter().find(|field| field.wire == wire);
            field.with_context(|| format!("{name} has no list {wire}"))
        };
        let (firsts, seconds) = (list(first)?, list(second)?);
        let item = format!("{}Item", names::type_name(name));
        let mut merged = Vec::new();
        for field in fields.iter().filter(|field| field.wire != *second) {
            let mut field = field.clone();
            if field.wire == *first {
                field.name = "items".to_owned();
                field.kind = Kind::List { item: Box::new(Kind::Interleaved(item.clone())), wrapped: None };
            }
            merged.push(field);
        }
        let (first_type, second_type) = (firsts.kind.leaf().type_name(), seconds.kind.leaf().type_name());
        let text = format!(
            "\n/// An item of a listing that a `{name}` response carries, in the listing's order.\n\
             #[derive(Clone, Debug, PartialEq)]\npub enum {item} {{\n\
             {first}({first_type}),\n{second}({second_type}),\n}}\n\n\
             impl {item} {{\nfn write_element(&self, writer: &mut XmlWriter) {{\nmatch self {{\n\
             Self::{first}(content) => writer.element({first:?}, content),\n\
             Self::{second}(content) => writer.element({second:?}, content),\n}}\n}}\n}}\n"
        );
        Ok((merged, text))
    }

    /// The elements of a response or structure in the order in which they are written.
    pub(super) fn in_order<'f>(&self, name: &str, fields: &'f [Field]) -> Result<Vec<&'f Field>> {
        let mut rest: Vec<&Field> = fields.iter().filter(|field| field.place == Place::Element).collect();
        let head = self.selection.heads.iter().find(|(operation, _)| *operation == name).map_or(&[][..], |head| head.1);
        let mut ordered = Vec::new();
        for wire in head {
            let at = rest.iter().position(|field| field.wire == *wire);
            ordered.push(rest.remove(at.with_context(|| format!("{name} has no element {wire}"))?));
        }
        ordered.extend(rest);
        Ok(ordered)
    }

    fn document(&self, name: &str, fields: &[Field], elements: &[&Field]) -> Result<String> {
        if let Some(payload) = fields.iter().find(|field| field.place == Place::Payload) {
            if payload.required {
                bail!("{name}: a required payload of a response is not generated");
            }
            let (field, root) = (&payload.name, &payload.wire);
            if matches!(payload.kind, Kind::String) {
                return Ok(format!("if let Some(content) = &self.{field} {{ response.set_json(content); }}\n"));
            }
            let Kind::Structure(shape) = &payload.kind else { bail!("{name}: a payload that is not a structure") };
            let capacity = capacity(&self.fields(shape)?.iter().collect::<Vec<_>>(), "content");
            return Ok(format!(
                "if let Some(content) = &self.{field} {{ response.set_document({root:?}, {capacity}, content); }}\n"
            ));
        }
        if elements.is_empty() {
            return Ok(String::new());
        }
        let root = self.selection.root(name).with_context(|| format!("{name}: no root element is stated"))?;
        if self.selection.bare_roots.contains(&name) {
            let [only] = elements else { bail!("{name}: a bare root has one member") };
            let field = &only.name;
            return Ok(format!(
                "let content = self.{field}.as_ref().map(|value| value.as_str()).unwrap_or_default();\n\
                 response.set_document({root:?}, {DOCUMENT_BYTES}, content);\n"
            ));
        }
        Ok(format!("response.set_document({root:?}, {}, self);\n", capacity(elements, "self")))
    }
}

/// A guess of a document's length.
fn capacity(elements: &[&Field], owner: &str) -> String {
    let lists: Vec<String> = elements
        .iter()
        .filter(|field| matches!(field.kind, Kind::List { .. }))
        .map(|field| match field.required || field.is_collection() {
            true => format!("{owner}.{}.len()", field.name),
            false => format!("{owner}.{}.as_ref().map_or(0, Vec::len)", field.name),
        })
        .collect();
    match lists.as_slice() {
        [] => DOCUMENT_BYTES.to_string(),
        [one] => format!("{DOCUMENT_BYTES} + {ITEM_BYTES} * {one}"),
        many => format!("{DOCUMENT_BYTES} + {ITEM_BYTES} * ({})", many.join(" + ")),
    }
}

fn header(field: &Field) -> Result<String> {
    let (name, wire) = (&field.name, &field.wire);
    match field.place {
        Place::Header if !field.required => {}
        Place::HeaderPrefix => return Ok(format!("encode::map(headers, {wire:?}, &self.{name});\n")),
        Place::Element | Place::Payload => return Ok(String::new()),
        _ => bail!("{wire}: a member of a response in a place that is not generated"),
    }
    Ok(match &field.kind {
        Kind::String => format!("encode::text(headers, {wire:?}, self.{name}.as_deref());\n"),
        Kind::Enum(shape) => {
            let name_of_type = names::type_name(shape);
            format!("encode::text(headers, {wire:?}, self.{name}.as_ref().map({name_of_type}::as_str));\n")
        }
        Kind::Integer | Kind::Long => format!("encode::integer(headers, {wire:?}, self.{name});\n"),
        Kind::Boolean => format!("encode::boolean(headers, {wire:?}, self.{name});\n"),
        Kind::Timestamp(true) => format!("encode::iso8601(headers, {wire:?}, self.{name});\n"),
        Kind::Timestamp(false) => format!("encode::http_date(headers, {wire:?}, self.{name});\n"),
        _ => bail!("the header {wire} is of a kind that is not generated"),
    })
}

fn status(code: u16) -> Result<&'static str> {
    Ok(match code {
        200 => "StatusCode::OK",
        202 => "StatusCode::ACCEPTED",
        204 => "StatusCode::NO_CONTENT",
        other => bail!("the status {other} is not generated"),
    })
}
