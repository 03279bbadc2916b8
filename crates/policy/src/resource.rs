//! The `Resource` and `NotResource` elements.

use crate::variable::{Key, Match, OpenVariable, Text, Wildcards};
use crate::{Context, Effect};

/// The resources that a statement lists.
#[derive(Clone, Debug)]
pub(crate) struct ResourceSet {
    /// `NotResource`: all but these.
    not: bool,
    texts: Box<[Text]>,
}

impl ResourceSet {
    pub(crate) fn new(not: bool, resources: &[&str], variables: bool) -> Result<Self, OpenVariable> {
        let texts = resources.iter().map(|text| Text::parse(text, variables, Wildcards::Resource));
        Ok(Self { not, texts: texts.collect::<Result<_, _>>()? })
    }

    /// Whether the statement is about `resource`.
    pub(crate) fn covers(&self, resource: &str, context: &dyn Context, effect: Effect) -> bool {
        let listed = Match::any(self.texts.iter().map(|text| text.matches(resource, context)));
        if self.not { effect.negated(listed) } else { listed == Match::Yes }
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.texts.iter().flat_map(Text::keys)
    }
}
