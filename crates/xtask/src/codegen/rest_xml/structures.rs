//! Shared structures: their declaration, and their XML in the directions in which they travel.

use anyhow::{Context as _, Result, bail, ensure};

use super::fields::{Field, Kind, Place};
use super::{Context, HEADER, imports};
use crate::codegen::names;

impl Context<'_> {
    pub(super) fn structure(&self, shape: &str, read: bool, written: bool) -> Result<String> {
        let name = names::type_name(shape);
        let fields = self.fields(shape)?;
        let mut body = self.declaration(&name, "", &fields);
        if read {
            body.push_str(&read_structure(&name, &fields));
        }
        if written {
            body.push_str(&format!("impl WriteXml for {name} {{\nconst COLLAPSES: bool = true;\n\n"));
            body.push_str(&self.write_attributes(shape, &fields)?);
            body.push_str(&write_body(&self.in_order(shape, &fields)?)?);
            body.push_str("}\n");
        }
        let mut text = String::from(HEADER);
        let used = imports(&body, &fields, &[], "super::super::{}").replace("super::super::shapes", "super");
        text.push_str(&used);
        text.push_str(&body);
        Ok(text)
    }

    /// `fn attributes` over members that are attributes, behind the namespace that their prefix stands for; nothing for a
    /// structure without any.
    fn write_attributes(&self, shape: &str, fields: &[Field]) -> Result<String> {
        let attributes: Vec<&Field> = fields.iter().filter(|field| field.place == Place::Attribute).collect();
        if attributes.is_empty() {
            return Ok(String::new());
        }
        let namespace = self.model.shape(shape)?.xml_namespace.as_ref();
        let namespace = namespace.with_context(|| format!("{shape}: attributes without a namespace"))?;
        let prefix = namespace.prefix.as_ref().with_context(|| format!("{shape}: a namespace without a prefix"))?;
        let mut text = String::from("fn attributes(&self, writer: &mut XmlWriter) {\n");
        text.push_str(&format!("writer.attribute(\"xmlns:{prefix}\", {:?});\n", namespace.uri));
        for field in attributes {
            let is_known = field.required && matches!(field.kind, Kind::Enum(_));
            ensure!(is_known, "{shape}.{}: such an attribute is not generated", field.name);
            text.push_str(&format!("writer.attribute({:?}, self.{}.as_str());\n", field.wire, field.name));
        }
        text.push_str("}\n\n");
        Ok(text)
    }
}

/// `fn write` over members that are elements.
pub(super) fn write_body(fields: &[&Field]) -> Result<String> {
    let mut text = String::from("fn write(&self, writer: &mut XmlWriter) {\n");
    for field in fields {
        let (name, wire) = (&field.name, &field.wire);
        if matches!(field.kind.leaf(), Kind::Interleaved(_)) {
            text.push_str(&format!("for item in &self.{name} {{ item.write_element(writer); }}\n"));
            continue;
        }
        text.push_str(&match (&field.kind, field.required) {
            (Kind::List { wrapped: None, .. }, _) => format!("writer.list({wire:?}, &self.{name});\n"),
            (Kind::List { wrapped: Some(item), .. }, true) => {
                format!("writer.wrapped({wire:?}, {item:?}, &self.{name});\n")
            }
            (Kind::List { wrapped: Some(item), .. }, false) => {
                format!("if let Some(items) = &self.{name} {{ writer.wrapped({wire:?}, {item:?}, items); }}\n")
            }
            (Kind::Map | Kind::Blob, _) => bail!("{name}: not generated within XML"),
            (_, true) => format!("writer.element({wire:?}, &self.{name});\n"),
            (_, false) => format!("writer.optional({wire:?}, &self.{name});\n"),
        });
    }
    text.push_str("}\n");
    Ok(text)
}

fn read_structure(name: &str, fields: &[Field]) -> String {
    let mut text = format!("impl ReadXml for {name} {{\n");
    text.push_str("fn read(reader: &mut XmlReader<'_>) -> Result<Self, S3Error> {\n");
    for field in fields {
        let name = &field.name;
        text.push_str(&match field.place {
            Place::Attribute => format!("let {name} = reader.attribute({:?})?;\n", field.wire),
            _ if field.is_collection() => format!("let mut {name} = Vec::new();\n"),
            _ => format!("let mut {name} = None;\n"),
        });
    }
    text.push_str("while let Some(element) = reader.child()? {\nmatch element.name() {\n");
    for field in fields.iter().filter(|field| field.place != Place::Attribute) {
        let (name, wire) = (&field.name, &field.wire);
        text.push_str(&match &field.kind {
            Kind::List { wrapped: None, .. } => format!("{wire:?} => {name}.push(ReadXml::read(reader)?),\n"),
            Kind::List { wrapped: Some(item), .. } => {
                format!("{wire:?} => xml::once_wrapped(&mut {name}, {item:?}, reader)?,\n")
            }
            _ => format!("{wire:?} => xml::once(&mut {name}, reader)?,\n"),
        });
    }
    text.push_str("_ => reader.skip()?,\n}\n}\nOk(Self {\n");
    for field in fields {
        let name = &field.name;
        text.push_str(&match (field.required, field.is_collection()) {
            (false, _) => format!("{name},\n"),
            (true, false) => format!("{name}: xml::required({name})?,\n"),
            (true, true) => format!("{name}: xml::required_list({name})?,\n"),
        });
    }
    text.push_str("})\n}\n}\n\n");
    text
}
