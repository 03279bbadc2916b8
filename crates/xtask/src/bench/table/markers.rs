//! The place for the table in a document.

use anyhow::{Context, Result};

const BEGIN: &str = "<!-- bench:table -->";
const END: &str = "<!-- /bench:table -->";

/// The document with `content` on lines of its own between the two comments, in place of what was there.
///
/// # Errors
/// A document without them, in this order.
pub(super) fn replaced(document: &str, content: &str) -> Result<String> {
    let missing = || format!("there is no place for the table: {BEGIN} and, after it, {END}");
    let (before, rest) = document.split_once(BEGIN).with_context(missing)?;
    let (_, after) = rest.split_once(END).with_context(missing)?;
    Ok(format!("{before}{BEGIN}\n{}\n{END}{after}", content.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_between_the_comments_changes() {
        let document = "# A\n\n<!-- bench:table -->\nold\n| x |\n<!-- /bench:table -->\n\nmore\n";
        let changed = replaced(document, "| new |\n").unwrap();
        assert_eq!(changed, "# A\n\n<!-- bench:table -->\n| new |\n<!-- /bench:table -->\n\nmore\n");
        assert_eq!(replaced(&changed, "| new |").unwrap(), changed);
    }

    #[test]
    fn a_document_without_the_comments_is_refused() {
        for document in ["", "<!-- bench:table -->", "<!-- /bench:table --><!-- bench:table -->"] {
            assert!(replaced(document, "x").unwrap_err().to_string().contains("bench:table"), "{document}");
        }
    }
}
