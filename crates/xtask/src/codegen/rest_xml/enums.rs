//! `enums.rs`: every enumeration that a generated operation reaches.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use super::{Context, HEADER};
use crate::codegen::names;

impl Context<'_> {
    pub(super) fn enums(&self, reached: &BTreeSet<String>) -> Result<String> {
        let mut text = String::from(HEADER);
        text.push_str("//! Strings with a known set of values.\n\nuse crate::string_enum::string_enum;\n");
        for name in reached {
            let mode = if self.selection.open_enums.contains(&name.as_str()) { "open" } else { "strict" };
            // rustfmt leaves a macro's body as it is, so the lines are laid out here.
            text.push_str(&format!("\nstring_enum! {{\n    {mode} {} {{\n", names::type_name(name)));
            let mut seen = BTreeSet::new();
            for value in &self.model.shape(name)?.values {
                let variant = names::variant(value);
                ensure!(seen.insert(variant.clone()), "{name}: two values are called {variant}");
                ensure!(variant != "Unknown", "{name} has a value called Unknown");
                text.push_str(&format!("        {variant} = {value:?},\n"));
            }
            text.push_str("    }\n}\n");
        }
        Ok(text)
    }
}
