//! The headers of one part, and values with parameters (`form-data; name="key"`).

/// What the headers of a part say.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) filename: Option<String>,
    pub(super) content_type: Option<String>,
}

/// Reads a part's header block, without the empty line that ends it; `None` when it is malformed or not that of a
/// form's part.
pub(super) fn parse(block: &[u8]) -> Option<Part> {
    let block = std::str::from_utf8(block).ok()?;
    let mut disposition = None;
    let mut content_type = None;
    for line in block.split("\r\n") {
        let (name, value) = line.split_once(':')?;
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic()) || value.bytes().any(|b| b == b'\n' || b == 0)
        {
            return None;
        }
        if name.eq_ignore_ascii_case("content-disposition") {
            disposition = Some(value.trim());
        } else if name.eq_ignore_ascii_case("content-type") {
            content_type = Some(value.trim().to_owned());
        }
    }
    let (kind, parameters) = split(disposition?);
    if !kind.eq_ignore_ascii_case("form-data") {
        return None;
    }
    let mut name = None;
    let mut filename = None;
    for (parameter, value) in parameters {
        match parameter.as_str() {
            "name" => name = name.or(Some(value)),
            "filename" => filename = filename.or(Some(value)),
            _ => {}
        }
    }
    Some(Part { name: name.filter(|name| !name.is_empty())?, filename, content_type })
}

/// Splits `value; name=token; name="text"`; parameter names in lower case. What cannot be read is left out.
///
/// In quoted text only `\"` is an escape: browsers send a backslash of a path as it is.
pub(super) fn split(text: &str) -> (&str, Vec<(String, String)>) {
    let (value, mut rest) = text.split_once(';').unwrap_or((text, ""));
    let mut parameters = Vec::new();
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim().trim_start_matches([';', ' ', '\t']).to_ascii_lowercase();
        let after = after.trim_start();
        let (parameter, remaining) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => {
                let (token, remaining) = after.split_once(';').unwrap_or((after, ""));
                (token.trim().to_owned(), remaining)
            }
        };
        parameters.push((name, parameter));
        rest = remaining.trim_start().strip_prefix(';').unwrap_or(remaining);
    }
    (value.trim(), parameters)
}

fn unquote(quoted: &str) -> (String, &str) {
    let mut text = String::new();
    let mut characters = quoted.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (text, &quoted[at + 1..]),
            '\\' if characters.next_if(|&(_, next)| next == '"').is_some() => text.push('"'),
            _ => text.push(c),
        }
    }
    (text, "")
}
