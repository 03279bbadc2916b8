//! The `Condition` element: operators, compiled when a document is parsed.
//!
//! Sources: "IAM JSON policy elements: Condition operators" and "Conditions with multiple context keys or values", IAM user
//! guide.

mod address;
mod arn;
mod date;
mod number;
mod operator;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use larder_types::Network;

pub(crate) use address::is_narrow;
pub(crate) use operator::{Operator, Quantifier};

use crate::variable::{Key, Match, Text, Wildcards};
use crate::{Context, Effect, Values};
use arn::ArnText;
use operator::{Compare, Family};

/// One key of one operator.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) operator: Operator,
    pub(crate) key: Key,
    wanted: Wanted,
}

/// The values of a document.
#[derive(Clone, Debug)]
enum Wanted {
    Texts(Box<[Text]>),
    TextsIgnoringCase(Box<[Text]>),
    Numbers(Compare, Box<[number::Number]>),
    Dates(Compare, Box<[jiff::Timestamp]>),
    /// Whether true, whether false is wanted.
    Bools(bool, bool),
    Bytes(Box<[Vec<u8>]>),
    Networks(Box<[Network]>),
    Arns(Box<[ArnText]>),
    /// Whether the absence, whether the presence of the key is wanted.
    Null(bool, bool),
}

/// A value that its operator cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidValue(pub(crate) Family);

pub(crate) use operator::Family as ValueFamily;

impl Condition {
    pub(crate) fn new(operator: Operator, key: &str, values: &[String], variables: bool) -> Result<Self, InvalidValue> {
        let invalid = || InvalidValue(operator.family);
        let texts = |wildcards| {
            let parsed = values.iter().map(|value| Text::parse(value, variables, wildcards).map_err(|_| invalid()));
            parsed.collect::<Result<Box<[_]>, _>>()
        };
        let wanted = match operator.family {
            Family::String => Wanted::Texts(texts(Wildcards::None)?),
            Family::StringIgnoringCase => Wanted::TextsIgnoringCase(texts(Wildcards::None)?),
            Family::StringLike => Wanted::Texts(texts(Wildcards::Plain)?),
            Family::Numeric(compare) => Wanted::Numbers(compare, each(values, number::parse).ok_or_else(invalid)?),
            Family::Date(compare) => Wanted::Dates(compare, each(values, date::parse).ok_or_else(invalid)?),
            Family::Bool => {
                let bools = each(values, parse_bool).ok_or_else(invalid)?;
                Wanted::Bools(bools.contains(&true), bools.contains(&false))
            }
            Family::Binary => Wanted::Bytes(each(values, |text| STANDARD.decode(text).ok()).ok_or_else(invalid)?),
            Family::IpAddress => Wanted::Networks(each(values, |value| value.parse().ok()).ok_or_else(invalid)?),
            Family::Arn => Wanted::Arns(each(values, |text| ArnText::parse(text, variables)).ok_or_else(invalid)?),
            Family::Null => {
                let bools = each(values, parse_bool).ok_or_else(invalid)?;
                Wanted::Null(bools.contains(&true), bools.contains(&false))
            }
        };
        Ok(Self { operator, key: Key::new(key), wanted })
    }

    /// Whether the request satisfies it.
    pub(crate) fn holds(&self, context: &dyn Context, effect: Effect) -> bool {
        let given = self.key.get(context);
        if let Wanted::Null(absent, present) = self.wanted {
            let is_absent = given.is_none_or(|values| matches!(values, Values::Many(many) if many.is_empty()));
            return if is_absent { absent } else { present };
        }
        let negated = self.operator.negated;
        let one = |value: &str| {
            let matched = self.matches(value, context);
            if negated { effect.negated(matched) } else { matched == Match::Yes }
        };
        match (given, self.operator.quantifier) {
            (Some(Values::One(value)), _) => one(&value),
            (Some(Values::Many(many)), quantifier) if !many.is_empty() => match quantifier {
                Some(Quantifier::ForAllValues) => many.iter().all(|value| one(value)),
                Some(Quantifier::ForAnyValue) => many.iter().any(|value| one(value)),
                // A negated operator without quantifier is the negation of its positive: none of the values may match.
                None if negated => many.iter().all(|value| one(value)),
                None => many.iter().any(|value| one(value)),
            },
            (_, Some(Quantifier::ForAllValues)) => true,
            (_, Some(Quantifier::ForAnyValue)) => self.operator.if_exists,
            (_, None) => self.operator.if_exists || negated,
        }
    }

    /// Whether `value` is one of those of the document, negation aside. Of a value that has not the operator's form it is
    /// unknown.
    fn matches(&self, value: &str, context: &dyn Context) -> Match {
        match &self.wanted {
            Wanted::Texts(texts) => Match::any(texts.iter().map(|text| text.matches(value, context))),
            Wanted::TextsIgnoringCase(texts) => {
                Match::any(texts.iter().map(|text| text.equals_ignoring_case(value, context)))
            }
            Wanted::Numbers(compare, numbers) => {
                known(number::parse(value), |value| numbers.iter().any(|wanted| compare.holds(value, wanted)))
            }
            Wanted::Dates(compare, dates) => {
                known(date::parse(value), |value| dates.iter().any(|wanted| compare.holds(value, wanted)))
            }
            Wanted::Bools(yes, no) => known(parse_bool(value), |value| if *value { *yes } else { *no }),
            Wanted::Bytes(list) => known(STANDARD.decode(value).ok(), |value| list.contains(value)),
            Wanted::Networks(networks) => {
                known(address::parse(value), |value| networks.iter().any(|network| network.contains(*value)))
            }
            Wanted::Arns(arns) => Match::any(arns.iter().map(|arn| arn.matches(value, context))),
            Wanted::Null(..) => Match::No,
        }
    }

    /// The key itself and those of variables in its values.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        let (texts, arns): (&[Text], &[ArnText]) = match &self.wanted {
            Wanted::Texts(texts) | Wanted::TextsIgnoringCase(texts) => (texts, &[]),
            Wanted::Arns(arns) => (&[], arns),
            _ => (&[], &[]),
        };
        std::iter::once(&self.key).chain(texts.iter().flat_map(Text::keys)).chain(arns.iter().flat_map(ArnText::keys))
    }

    /// Whether it lets through only requests whose key has one of some fixed values, without wildcards or variables.
    pub(crate) fn pins_fixed_values(&self) -> bool {
        self.requires_key()
            && match &self.wanted {
                Wanted::Texts(texts) | Wanted::TextsIgnoringCase(texts) => texts.iter().all(Text::is_fixed),
                Wanted::Arns(arns) => arns.iter().all(ArnText::is_fixed),
                _ => false,
            }
    }

    /// Whether a request whose key has this value may satisfy it.
    pub(crate) fn may_accept(&self, value: &str) -> bool {
        self.matches(value, &NoKeys) != Match::No
    }

    /// The networks that requests must come from.
    pub(crate) fn pinned_networks(&self) -> Option<&[Network]> {
        match &self.wanted {
            Wanted::Networks(networks) if self.requires_key() => Some(networks),
            _ => None,
        }
    }

    /// Whether it lets through only requests whose key is an ARN of some fixed accounts, whatever wildcards follow these.
    pub(crate) fn pins_fixed_accounts(&self) -> bool {
        self.requires_key()
            && match &self.wanted {
                Wanted::Texts(texts) => texts.iter().all(|text| arn::has_fixed_account(text.fixed_start())),
                Wanted::Arns(arns) => arns.iter().all(ArnText::has_fixed_account),
                _ => false,
            }
    }

    /// Whether requests without the key, or with another value, do not satisfy it.
    fn requires_key(&self) -> bool {
        let operator = &self.operator;
        !operator.negated && !operator.if_exists && operator.quantifier != Some(Quantifier::ForAllValues)
    }
}

fn known<T>(value: Option<T>, matches: impl FnOnce(&T) -> bool) -> Match {
    value.map_or(Match::Unknown, |value| matches(&value).into())
}

/// A request that says nothing.
struct NoKeys;

impl Context for NoKeys {
    fn get(&self, _: &str, _: Option<&str>) -> Option<Values<'_>> {
        None
    }
}

fn each<T>(values: &[String], parse: impl Fn(&str) -> Option<T>) -> Option<Box<[T]>> {
    values.iter().map(|value| parse(value)).collect()
}

fn parse_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}
