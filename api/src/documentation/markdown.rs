//! Markdown as GitHub reads it: escaped, so that a pipe in a rule is a pipe and not the next column.

/// Text between code marks.
pub(super) fn code(text: &str) -> String {
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}

/// Names between code marks, with commas.
pub(super) fn codes<S: AsRef<str>>(names: &[S]) -> String {
    names
        .iter()
        .map(|name| code(name.as_ref()))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Prose that was written for elsewhere. What stands between code marks is code already and is left alone.
pub(super) fn prose(text: &str) -> String {
    let parts = text.split('`').collect::<Vec<_>>();
    if parts.len().is_multiple_of(2) {
        return escape(text).replace('`', "\\`");
    }
    parts
        .iter()
        .enumerate()
        .map(|(index, part)| {
            if index.is_multiple_of(2) {
                escape(part)
            } else {
                (*part).to_owned()
            }
        })
        .collect::<Vec<_>>()
        .join("`")
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let inside_word = before.is_alphanumeric()
            && characters.peek().is_some_and(|next| next.is_alphanumeric());
        match character {
            '<' => escaped.push_str("&lt;"),
            // An underscore inside a name emphasizes nothing.
            '_' if inside_word => escaped.push('_'),
            '\\' | '*' | '_' | '~' | '$' => escaped.extend(['\\', character]),
            _ => escaped.push(character),
        }
        before = character;
    }
    escaped
}

/// A table; empty when it has no rows.
pub(super) fn table<const WIDTH: usize>(
    head: [&str; WIDTH],
    rows: impl IntoIterator<Item = [String; WIDTH]>,
) -> Option<String> {
    let mut lines = rows
        .into_iter()
        .map(|cells| line(&cells.map(|cell| fit(&cell))))
        .peekable();
    lines.peek()?;
    let mut text = line(&head.map(str::to_owned));
    text.push('\n');
    text.push_str(&line(&[(); WIDTH].map(|()| "---".to_owned())));
    for line in lines {
        text.push('\n');
        text.push_str(&line);
    }
    Some(text)
}

fn line(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}

/// A cell is one line, and its pipes are escaped even between code marks: rows are cut before code is found.
fn fit(cell: &str) -> String {
    cell.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::{code, prose, table};

    #[test]
    fn a_pipe_stays_in_its_cell() {
        let rows = [[code("a || b"), "one\ntwo".to_owned()]];
        assert_eq!(
            table(["Rule", "Why"], rows).as_deref(),
            Some("| Rule | Why |\n| --- | --- |\n| `a \\|\\| b` | one two |"),
        );
    }

    #[test]
    fn prose_is_escaped_but_its_code_is_not() {
        assert_eq!(prose("_a_ is b_c, `d_ < *`"), "\\_a\\_ is b_c, `d_ < *`");
        assert_eq!(prose("a < b and a lone `"), "a &lt; b and a lone \\`");
    }
}
