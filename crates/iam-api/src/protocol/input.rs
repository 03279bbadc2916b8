//! Typed reading of parameters, with the refusals that AWS gives for values that break an operation's model.

use std::fmt::Display;
use std::ops::RangeInclusive;

use larder_identity::Tag;

use super::rules::{Rule, TAG_KEY, TAG_VALUE};
use super::{Fault, Params};

/// Longest value that a message repeats.
const MAX_SHOWN_CHARACTERS: usize = 512;

/// The parameters of an operation, or those of one member of a list in it.
#[derive(Clone, Debug)]
pub(crate) struct Input<'a> {
    params: &'a Params,
    /// Empty, or the path to a member, such as `Tags.member.1.`.
    prefix: String,
    /// The same as messages write it: `tags.1.member.`.
    shown: String,
}

impl<'a> Input<'a> {
    /// All parameters.
    pub(crate) fn new(params: &'a Params) -> Self {
        Self { params, prefix: String::new(), shown: String::new() }
    }

    /// A value as it was sent.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a str> {
        if self.prefix.is_empty() { self.params.get(name) } else { self.params.get(&format!("{}{name}", self.prefix)) }
    }

    /// A text that must be there.
    pub(crate) fn required(&self, name: &str, rule: &Rule) -> Result<&'a str, Fault> {
        self.optional(name, rule)?.ok_or_else(|| self.absent(name))
    }

    /// A text that may be there.
    pub(crate) fn optional(&self, name: &str, rule: &Rule) -> Result<Option<&'a str>, Fault> {
        self.raw(name).map(|value| self.checked(name, value, rule)).transpose()
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, Fault> {
        let Some(value) = self.raw(name) else { return Ok(None) };
        let found = words.iter().find(|(word, _)| *word == value);
        found.map(|(_, meaning)| Some(*meaning)).ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            let constraint = format!("Member must satisfy enum value set: [{}]", words.join(", "));
            self.violation(name, &shown_value(value), &constraint)
        })
    }

    /// A whole number within a range.
    pub(crate) fn number(&self, name: &str, range: RangeInclusive<u32>) -> Result<Option<u32>, Fault> {
        let Some(value) = self.raw(name) else { return Ok(None) };
        let Ok(number) = value.parse::<i64>() else {
            return Err(Fault::new(super::Code::MalformedInput, format!("{} is not a number.", self.path(name))));
        };
        let least = number < i64::from(*range.start());
        let constraint = if least {
            format!("Member must have value greater than or equal to {}", range.start())
        } else {
            format!("Member must have value less than or equal to {}", range.end())
        };
        let fit = u32::try_from(number).ok().filter(|number| range.contains(number));
        fit.map(Some).ok_or_else(|| self.violation(name, &shown_value(number), &constraint))
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, Fault> {
        match self.raw(name) {
            None => Ok(None),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(_) => {
                Err(Fault::new(super::Code::MalformedInput, format!("{} must be true or false.", self.path(name))))
            }
        }
    }

    /// The members of a list, each with its own parameters. Empty when the list is empty or absent.
    pub(crate) fn members(&self, name: &str) -> Result<Vec<Input<'a>>, Fault> {
        let prefix = format!("{}{name}.member.", self.prefix);
        let member = |index: u32| Input {
            params: self.params,
            prefix: format!("{prefix}{index}."),
            shown: format!("{}.{index}.member.", self.path(name)),
        };
        Ok(self.params.indexes(&prefix)?.into_iter().map(member).collect())
    }

    /// Whether a list was sent, be it an empty one.
    pub(crate) fn has_list(&self, name: &str) -> bool {
        self.raw(name).is_some() || self.params.has_prefix(&format!("{}{name}.member.", self.prefix))
    }

    /// Whether anything in or below a parameter was sent.
    pub(crate) fn has_prefix(&self, name: &str) -> bool {
        self.params.has_prefix(&format!("{}{name}.", self.prefix))
    }

    /// The members of a list of texts.
    pub(crate) fn texts(&self, name: &str, rule: &Rule) -> Result<Vec<&'a str>, Fault> {
        let prefix = format!("{}{name}.member.", self.prefix);
        let mut texts = Vec::new();
        for index in self.params.indexes(&prefix)? {
            let value = self.params.get(&format!("{prefix}{index}"));
            let label = format!("{name}.{index}.member");
            texts.push(self.checked(&label, value.ok_or_else(|| self.absent(&label))?, rule)?);
        }
        Ok(texts)
    }

    /// The tags in the list `Tags`.
    pub(crate) fn tags(&self) -> Result<Vec<Tag>, Fault> {
        let tag = |member: Input<'_>| {
            Ok(Tag {
                key: member.required("Key", &TAG_KEY)?.to_owned(),
                value: member.required("Value", &TAG_VALUE)?.to_owned(),
            })
        };
        self.members("Tags")?.into_iter().map(tag).collect()
    }

    /// The refusal of a value.
    pub(crate) fn violation(&self, name: &str, value: &str, constraint: &str) -> Fault {
        let path = self.path(name);
        Fault::invalid(format!(
            "1 validation error detected: Value{value} at '{path}' failed to satisfy constraint: {constraint}"
        ))
    }

    /// The refusal of a request that lacks a value.
    pub(crate) fn absent(&self, name: &str) -> Fault {
        self.violation(name, " null", "Member must not be null")
    }

    fn checked(&self, name: &str, value: &'a str, rule: &Rule) -> Result<&'a str, Fault> {
        let shown = || if rule.secret { String::new() } else { shown_value(value) };
        let length = value.chars().count();
        if length < rule.min {
            let constraint = format!("Member must have length greater than or equal to {}", rule.min);
            return Err(self.violation(name, &shown(), &constraint));
        }
        if length > rule.max {
            let constraint = format!("Member must have length less than or equal to {}", rule.max);
            return Err(self.violation(name, &shown(), &constraint));
        }
        match rule.pattern {
            Some(pattern) if !(pattern.matches)(value) => {
                let constraint = format!("Member must satisfy regular expression pattern: {}", pattern.text);
                Err(self.violation(name, &shown(), &constraint))
            }
            _ => Ok(value),
        }
    }

    /// A parameter's name as messages write it: the first letter small, unless it begins an abbreviation.
    fn path(&self, name: &str) -> String {
        let mut letters = name.chars();
        let first = letters.next().map(|letter| letter.to_ascii_lowercase());
        format!("{}{}{}", self.shown, first.map(String::from).unwrap_or_default(), letters.as_str())
    }
}

fn shown_value(value: impl Display) -> String {
    let text = value.to_string();
    if text.chars().count() <= MAX_SHOWN_CHARACTERS {
        return format!(" '{text}'");
    }
    let start: String = text.chars().take(MAX_SHOWN_CHARACTERS).collect();
    format!(" '{start}...'")
}

#[cfg(test)]
mod tests {
    use super::super::rules;
    use super::*;

    fn fault(form: &str, read: impl Fn(&Input<'_>) -> Option<Fault>) -> String {
        let params = Params::parse("", form.as_bytes()).expect("a valid form");
        read(&Input::new(&params)).expect("a refusal").message
    }

    #[test]
    fn refusals_are_in_the_words_of_aws() {
        let user = |input: &Input<'_>| input.required("UserName", &rules::USER_NAME).err();
        assert_eq!(
            fault("", user),
            "1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null"
        );
        assert_eq!(
            fault("UserName=a%20b", user),
            "1 validation error detected: Value 'a b' at 'userName' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: [\\w+=,.@-]+"
        );
        let long = format!("UserName={}", "x".repeat(65));
        assert!(fault(&long, user).ends_with("Member must have length less than or equal to 64"));
        let count = |input: &Input<'_>| input.number("MaxItems", 1..=1000).err();
        assert!(fault("MaxItems=1001", count).ends_with("Member must have value less than or equal to 1000"));
        assert!(fault("MaxItems=-1", count).ends_with("Member must have value greater than or equal to 1"));
        let status = |input: &Input<'_>| input.word("Status", &[("Active", 1), ("Inactive", 2)]).err();
        assert!(fault("Status=on", status).ends_with("Member must satisfy enum value set: [Active, Inactive]"));
        let tags = |input: &Input<'_>| input.tags().err();
        assert_eq!(
            fault("Tags.member.2.Key=a", tags),
            "1 validation error detected: Value null at 'tags.2.member.value' failed to satisfy constraint: Member must \
             not be null"
        );
    }

    #[test]
    fn secrets_are_not_repeated() {
        let code = |input: &Input<'_>| input.required("TokenCode", &rules::CODE).err();
        assert!(!fault("TokenCode=7654321", code).contains("7654321"));
    }

    #[test]
    fn lists_are_read_in_order_of_their_indexes() {
        let form = "Tags.member.3.Key=b&Tags.member.3.Value=&Tags.member.1.Key=a&Tags.member.1.Value=x&L.member.2=q";
        let params = Params::parse("", form.as_bytes()).expect("a valid form");
        let input = Input::new(&params);
        let tags: Vec<_> = input.tags().expect("tags").into_iter().map(|tag| (tag.key, tag.value)).collect();
        assert_eq!(tags, [("a".to_owned(), "x".to_owned()), ("b".to_owned(), String::new())]);
        assert_eq!(input.texts("L", &rules::ARN).ok(), None);
        assert_eq!(input.texts("L", &rules::CLIENT_ID), Ok(vec!["q"]));
        assert_eq!(input.texts("M", &rules::CLIENT_ID), Ok(vec![]));
        assert!(input.has_list("L") && !input.has_list("M"));
    }
}
