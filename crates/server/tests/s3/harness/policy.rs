//! Policy documents, as tests write them.

use std::fmt::Write;

/// A statement of a policy.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    effect: &'static str,
    actions: String,
    resources: String,
    principal: Option<String>,
    conditions: Vec<(String, String)>,
}

/// Allows these actions, separated by spaces, on everything until [`Statement::on`] says on what.
pub(crate) fn allow(actions: &str) -> Statement {
    Statement::new("Allow", actions)
}

/// As [`allow`], but denies.
pub(crate) fn deny(actions: &str) -> Statement {
    Statement::new("Deny", actions)
}

/// A policy of these statements.
pub(crate) fn policy(statements: &[Statement]) -> String {
    let statements: Vec<String> = statements.iter().map(Statement::text).collect();
    format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{}]}}", statements.join(", "))
}

impl Statement {
    fn new(effect: &'static str, actions: &str) -> Self {
        let (actions, resources) = (list(actions, ""), "\"*\"".to_owned());
        Self { effect, actions, resources, principal: None, conditions: Vec::new() }
    }

    /// On these buckets and keys, separated by spaces: `bucket bucket/*`.
    pub(crate) fn on(self, resources: &str) -> Self {
        Self { resources: list(resources, "arn:aws:s3:::"), ..self }
    }

    /// On this ARN of another service.
    pub(crate) fn on_arn(self, arn: &str) -> Self {
        Self { resources: format!("\"{arn}\""), ..self }
    }

    /// For this principal of AWS: an account, an ARN, or `*`.
    pub(crate) fn to(self, name: &str) -> Self {
        self.for_principal("AWS", name)
    }

    /// For a principal of this kind.
    pub(crate) fn for_principal(self, kind: &str, name: &str) -> Self {
        Self { principal: Some(format!("{{\"{kind}\": \"{name}\"}}")), ..self }
    }

    /// Under a condition, of one value or of several separated by ` | `.
    pub(crate) fn when(mut self, operator: &str, key: &str, values: &str) -> Self {
        let values: Vec<String> = values.split(" | ").map(|value| format!("\"{value}\"")).collect();
        self.conditions.push((operator.to_owned(), format!("\"{key}\": [{}]", values.join(", "))));
        self
    }

    fn text(&self) -> String {
        let Self { effect, actions, resources, .. } = self;
        let mut out = format!("{{\"Effect\": \"{effect}\", \"Action\": {actions}, \"Resource\": {resources}");
        self.write_rest(&mut out).expect("a text takes all");
        out
    }

    /// The statement of a trust policy, which is about no resource.
    pub(crate) fn trust(&self) -> String {
        let mut out = format!("{{\"Effect\": \"{}\", \"Action\": {}", self.effect, self.actions);
        self.write_rest(&mut out).expect("a text takes all");
        format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{out}]}}")
    }

    fn write_rest(&self, out: &mut String) -> std::fmt::Result {
        if let Some(principal) = &self.principal {
            write!(out, ", \"Principal\": {principal}")?;
        }
        if !self.conditions.is_empty() {
            let conditions: Vec<String> =
                self.conditions.iter().map(|(operator, key)| format!("\"{operator}\": {{{key}}}")).collect();
            write!(out, ", \"Condition\": {{{}}}", conditions.join(", "))?;
        }
        out.push('}');
        Ok(())
    }
}

/// A list of words as JSON has it.
fn list(words: &str, prefix: &str) -> String {
    let words: Vec<String> = words.split(' ').map(|word| format!("\"{prefix}{word}\"")).collect();
    format!("[{}]", words.join(", "))
}
