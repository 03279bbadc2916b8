//! The AWS Query protocol: forms in, XML out. Knows nothing of what the operations mean.

mod answer;
mod fault;
mod input;
mod page;
mod params;
pub(crate) mod rules;
mod service;
mod xml;

pub(crate) use answer::{Outcome, failure, success};
pub(crate) use fault::{Code, Fault};
pub(crate) use input::Input;
pub(crate) use page::Page;
pub use params::MAX_FORM_BYTES;
pub(crate) use params::Params;
pub use service::Service;
pub(crate) use xml::Xml;
