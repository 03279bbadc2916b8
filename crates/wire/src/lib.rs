//! S3 HTTP to typed requests and responses: operation table, headers, XML, errors; no IO.

pub mod address;
pub mod decode;
pub mod encode;
pub mod error;
pub mod error_table;
pub mod form;
pub mod generated;
pub mod headers;
pub mod metadata;
pub mod operation;
pub mod query;
pub mod range;
pub mod route;
pub mod string_enum;
pub mod timestamp;
pub mod xml;
