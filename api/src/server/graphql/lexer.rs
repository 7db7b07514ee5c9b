//! Counts a document's tokens before anybody parses it, so that what is too large or too deep for the parser never gets there.
//! It judges nothing: what is no GraphQL is counted somehow and refused by the parser.

/// What a document is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    /// How many tokens.
    pub(super) count: u64,
    /// How many brackets of any kind are open at most.
    pub(super) nesting: u64,
    /// Bytes of the longest name.
    pub(super) longest_name: u64,
}

/// Reads the document once.
pub(super) fn count(source: &str) -> Tokens {
    let bytes = source.as_bytes();
    let mut tokens = Tokens::default();
    let mut open: u64 = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        let length = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += length_while(rest, |byte| byte != b'\n' && byte != b'\r');
                continue;
            }
            b'{' | b'[' | b'(' => {
                open += 1;
                tokens.nesting = tokens.nesting.max(open);
                1
            }
            b'}' | b']' | b')' => {
                open = open.saturating_sub(1);
                1
            }
            b'.' if rest.starts_with(b"...") => 3,
            b'"' if rest.starts_with(b"\"\"\"") => block_string(rest),
            b'"' => string(rest),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                let length =
                    length_while(rest, |byte| byte == b'_' || byte.is_ascii_alphanumeric());
                tokens.longest_name = tokens.longest_name.max(length as u64);
                length
            }
            b'-' | b'0'..=b'9' => {
                1 + length_while(&rest[1..], |byte| {
                    matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')
                })
            }
            // The other punctuators; and what belongs to no document.
            _ => 1,
        };
        tokens.count += 1;
        at += length;
    }
    tokens
}

fn length_while(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes
        .iter()
        .position(|byte| !belongs(*byte))
        .unwrap_or(bytes.len())
}

/// Length of a string with its quotes; one that does not end goes to the end of its line.
fn string(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\n' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Length of a block string with its quotes; one that does not end goes to the end of the document.
fn block_string(bytes: &[u8]) -> usize {
    let mut at = 3;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(b"\"\"\"") {
            return at + 3;
        }
        at += if rest.starts_with(b"\\\"\"\"") { 4 } else { 1 };
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::{Tokens, count};

    #[test]
    fn tokens_are_those_of_the_specification() {
        for (source, expected) in [
            ("", 0),
            (" ,\t\u{feff}", 3),
            ("{ a }", 3),
            ("{a#b c d\nb}", 4),
            (
                "query A($b: [Int!]! = [-1.5e+3, 2]) @c { ...D ... on E { f } }",
                29,
            ),
            (r#"{ a(b: "x \" { y", c: "") }"#, 11),
            (r#"{ a(b: """x " { \""" y""") }"#, 8),
            (r#"{ a(b: "\"#, 6),
            (r#"{ a(b: """x"#, 6),
        ] {
            assert_eq!(count(source).count, expected, "{source}");
        }
    }

    #[test]
    fn nesting_and_names_are_measured() {
        let tokens = count("{ a(bcd: [{e: 1}]) { f } } { }");
        assert_eq!((tokens.nesting, tokens.longest_name), (4, 3));
        assert_eq!(
            count("}}}{"),
            Tokens {
                count: 4,
                nesting: 1,
                longest_name: 0
            }
        );
    }
}
