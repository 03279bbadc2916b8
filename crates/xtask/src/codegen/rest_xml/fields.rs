//! Members of a structure as the emission needs them.

use anyhow::{Result, bail, ensure};

use super::Context;
use crate::codegen::model::{Location, Member, Type};
use crate::codegen::names;

#[derive(Clone, Debug)]
pub(super) struct Field {
    /// In Rust.
    pub(crate) name: String,
    /// Header (in lower case, as the http crate has them), query parameter or element.
    pub(crate) wire: String,
    pub(crate) kind: Kind,
    pub(crate) place: Place,
    pub(crate) required: bool,
    pub(crate) sensitive: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    String,
    Integer,
    Long,
    Boolean,
    /// `true`: ISO 8601 rather than an HTTP date, where both can be.
    Timestamp(bool),
    /// The name of the shape.
    Enum(String),
    Structure(String),
    /// `wrapped` is the name of an item when the list has an element of its own.
    List {
        item: Box<Kind>,
        wrapped: Option<String>,
    },
    /// An item of two lists that are written as one: the name of its type in Rust.
    Interleaved(String),
    Map,
    Blob,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Header,
    HeaderPrefix,
    Query,
    Uri,
    /// The document that is the body.
    Payload,
    /// An element of the document that is the body.
    Element,
    /// An attribute of the element that the structure is.
    Attribute,
    /// Bytes of an object, which the caller streams.
    Streamed,
}

impl Place {
    pub(super) fn is_xml(self) -> bool {
        matches!(self, Place::Payload | Place::Element | Place::Attribute)
    }
}

impl Kind {
    /// What a list is of, or the kind itself.
    pub(super) fn leaf(&self) -> &Kind {
        match self {
            Kind::List { item, .. } => item.leaf(),
            other => other,
        }
    }

    pub(super) fn type_name(&self) -> String {
        match self {
            Kind::String => "String".to_owned(),
            Kind::Integer => "i32".to_owned(),
            Kind::Long => "i64".to_owned(),
            Kind::Boolean => "bool".to_owned(),
            Kind::Timestamp(_) => "Timestamp".to_owned(),
            Kind::Enum(shape) | Kind::Structure(shape) => names::type_name(shape),
            Kind::Interleaved(name) => name.clone(),
            Kind::List { item, .. } => format!("Vec<{}>", item.type_name()),
            Kind::Map => "Vec<(String, String)>".to_owned(),
            Kind::Blob => "Bytes".to_owned(),
        }
    }
}

impl Field {
    /// Whether absence is a value of the type itself: an empty list, an empty map.
    pub(super) fn is_collection(&self) -> bool {
        matches!(self.kind, Kind::Map | Kind::List { wrapped: None, .. })
    }

    pub(super) fn type_name(&self) -> String {
        let inner = self.kind.type_name();
        if self.required || self.is_collection() { inner } else { format!("Option<{inner}>") }
    }
}

impl Context<'_> {
    /// The members of a structure, without those that the caller streams.
    pub(super) fn fields(&self, shape: &str) -> Result<Vec<Field>> {
        let structure = self.model.shape(shape)?;
        ensure!(structure.kind == Type::Structure, "{shape} is not a structure");
        let mut fields = Vec::new();
        for member in &structure.members {
            let place = match member.location {
                Some(Location::Header) => Place::Header,
                Some(Location::Headers) => Place::HeaderPrefix,
                Some(Location::Querystring) => Place::Query,
                Some(Location::Uri) => Place::Uri,
                Some(Location::StatusCode) => bail!("{shape}.{}: a status code is not generated", member.name),
                None if member.xml_attribute => Place::Attribute,
                None if member.streaming => Place::Streamed,
                None if structure.payload.as_ref() == Some(&member.name) => Place::Payload,
                None => Place::Element,
            };
            if place == Place::Streamed {
                continue;
            }
            let wire = member.location_name.clone().unwrap_or_else(|| member.name.clone());
            fields.push(Field {
                name: names::field(&member.name),
                wire: match place {
                    Place::Header | Place::HeaderPrefix => wire.to_ascii_lowercase(),
                    _ => wire,
                },
                kind: self.kind(shape, member, place)?,
                place,
                required: structure.required.contains(&member.name),
                sensitive: self.model.shape(&member.shape)?.sensitive,
            });
        }
        Ok(fields)
    }

    fn kind(&self, structure: &str, member: &Member, place: Place) -> Result<Kind> {
        if self.selection.strings.contains(&(structure, &member.name)) {
            return Ok(Kind::String);
        }
        let shape = self.model.shape(&member.shape)?;
        if shape.kind != Type::List {
            let format = member.timestamp_format.as_ref().or(shape.timestamp_format.as_ref());
            return self.scalar(&member.shape, format.map(String::as_str));
        }
        let Some(item) = &shape.member else { bail!("{}: a list of nothing", member.shape) };
        let flat = shape.flattened || member.flattened || !place.is_xml();
        let name = item.location_name.clone().unwrap_or_else(|| "member".to_owned());
        let item = Box::new(self.scalar(&item.shape, None)?);
        Ok(Kind::List { item, wrapped: (!flat).then_some(name) })
    }

    fn scalar(&self, name: &str, format: Option<&str>) -> Result<Kind> {
        let shape = self.model.shape(name)?;
        Ok(match shape.kind {
            Type::String if shape.values.is_empty() => Kind::String,
            Type::String => Kind::Enum(name.to_owned()),
            Type::Integer => Kind::Integer,
            Type::Long => Kind::Long,
            Type::Boolean => Kind::Boolean,
            Type::Timestamp => Kind::Timestamp(format == Some("iso8601")),
            Type::Structure => Kind::Structure(name.to_owned()),
            Type::Map => Kind::Map,
            Type::Blob => Kind::Blob,
            Type::List => bail!("{name}: a list of lists is not generated"),
        })
    }
}
