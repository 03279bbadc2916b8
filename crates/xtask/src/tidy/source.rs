//! Just enough of Rust's lexical grammar to tell code from comments and literals, and to find where functions end.

/// The text with every comment and the inside of every string and character literal replaced by spaces. Lines keep
/// their numbers.
pub(super) fn code_only(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let end = match characters[at] {
            '/' if characters.get(at + 1) == Some(&'/') => end_of_line(&characters, at),
            '/' if characters.get(at + 1) == Some(&'*') => end_of_block_comment(&characters, at),
            '"' => end_of_string(&characters, at),
            '\'' => end_of_character(&characters, at),
            'r' if !follows_word(&characters, at) => end_of_raw_string(&characters, at),
            _ => at,
        };
        if end == at {
            out.push(characters[at]);
            at += 1;
        } else {
            out.extend(characters[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

/// Whether the character at `at` continues an identifier (`br"…"` is a raw string too, `for"` is not).
fn follows_word(characters: &[char], at: usize) -> bool {
    let word = characters[..at].iter().rev().take_while(|c| c.is_alphanumeric() || **c == '_').count();
    let prefix: String = characters[at - word..at].iter().collect();
    word > 0 && prefix != "b" && prefix != "c"
}

fn end_of_line(characters: &[char], at: usize) -> usize {
    characters[at..].iter().position(|c| *c == '\n').map_or(characters.len(), |length| at + length)
}

fn end_of_block_comment(characters: &[char], start: usize) -> usize {
    let mut depth = 0;
    let mut at = start;
    while at < characters.len() {
        match (characters[at], characters.get(at + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                at += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    characters.len()
}

fn end_of_string(characters: &[char], start: usize) -> usize {
    let mut at = start + 1;
    while at < characters.len() {
        match characters[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    characters.len()
}

/// `'x'` and `'\n'` are literals, `'a` alone is a lifetime: then the result is `start`.
fn end_of_character(characters: &[char], start: usize) -> usize {
    if characters.get(start + 1) == Some(&'\\') {
        let rest = characters.get(start + 3..).unwrap_or(&[]);
        return rest.iter().position(|c| *c == '\'').map_or(characters.len(), |length| start + 3 + length + 1);
    }
    if characters.get(start + 2) == Some(&'\'') { start + 3 } else { start }
}

/// Of `r"…"` or `r#"…"#`; the result is `start` when none begins there (`r#type`, `return`).
fn end_of_raw_string(characters: &[char], start: usize) -> usize {
    let hashes = characters[start + 1..].iter().take_while(|c| **c == '#').count();
    let open = start + 1 + hashes;
    if characters.get(open) != Some(&'"') {
        return start;
    }
    let mut at = open + 1;
    while at < characters.len() {
        if characters[at] == '"' && characters[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes {
            return at + 1 + hashes;
        }
        at += 1;
    }
    characters.len()
}

/// A function or an inline test module, with its lines counted from 1, both ends included.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) name: String,
    pub(super) first: usize,
    pub(super) last: usize,
    /// Lines that hold code: neither blank nor comment alone.
    pub(super) lines: usize,
}

/// Every function with a body. `code` comes from [`code_only`].
pub(super) fn functions(code: &str) -> Vec<Span> {
    spans_after(code, "fn")
}

/// The inline modules that only tests see: `#[cfg(test)] mod tests { … }`.
pub(super) fn inline_tests(code: &str) -> Vec<Span> {
    let lines: Vec<&str> = code.lines().collect();
    let marked = |first: usize| {
        let above = lines[..first - 1].iter().rev().map(|line| line.trim());
        above.take_while(|line| line.starts_with("#[")).any(|line| line.starts_with("#[cfg(test)"))
    };
    spans_after(code, "mod").into_iter().filter(|span| marked(span.first)).collect()
}

/// Every `keyword name … { … }`; one that meets `;` outside brackets before a brace has no body and is left out.
fn spans_after(code: &str, keyword: &str) -> Vec<Span> {
    let bytes = code.as_bytes();
    let lines: Vec<&str> = code.lines().collect();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let mut spans = Vec::new();
    for (at, _) in code.match_indices(keyword) {
        let after = at + keyword.len();
        if (at > 0 && is_word(bytes[at - 1])) || bytes.get(after) != Some(&b' ') {
            continue;
        }
        let name: String = code[after + 1..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let Some(end) = (!name.is_empty()).then(|| end_of_body(bytes, after)).flatten() else { continue };
        let first = code[..at].matches('\n').count() + 1;
        let last = code[..end].matches('\n').count() + 1;
        let count = lines[first - 1..last].iter().filter(|line| !line.trim().is_empty()).count();
        spans.push(Span { name, first, last, lines: count });
    }
    spans
}

fn end_of_body(bytes: &[u8], from: usize) -> Option<usize> {
    let (mut braces, mut brackets) = (0_u32, 0_u32);
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets = brackets.saturating_sub(1),
            b';' if braces == 0 && brackets == 0 => return None,
            b'{' => braces += 1,
            b'}' => {
                braces = braces.saturating_sub(1);
                if braces == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}
