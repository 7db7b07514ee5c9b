//! Expressions as a person would write them, and not as PostgreSQL stores them: `status IN ('active', 'archived')`.

/// Without the casts of literals, the arrays in place of lists, and the names of the columns of sub-selects.
pub(super) fn readable(stored: &str) -> String {
    let text = without_cast(stored, "::text", |end| end == '\'');
    let text = without_cast(&text, "::double precision", |end| end.is_ascii_digit());
    with_lists(&without_names(&text))
}

/// Takes a cast away where it follows a literal, whose last character tells.
fn without_cast(text: &str, cast: &str, literal: impl Fn(char) -> bool) -> String {
    let mut parts = text.split(cast);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // A cast to an array says more than that.
        if !kept.ends_with(&literal) || part.starts_with('[') {
            kept.push_str(cast);
        }
        kept.push_str(part);
    }
    kept
}

/// `(SELECT f() AS f)` is `(SELECT f())`.
fn without_names(text: &str) -> String {
    let mut parts = text.split(" AS ");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|character: char| {
            character.is_alphanumeric() || matches!(character, '_' | '"')
        });
        if rest.starts_with(')') {
            kept.push_str(rest);
        } else {
            kept.push_str(" AS ");
            kept.push_str(part);
        }
    }
    kept.replace("( SELECT", "(SELECT")
}

/// `a = ANY (ARRAY[…])` is `a IN (…)`.
fn with_lists(text: &str) -> String {
    let mut parts = text.split("= ANY (ARRAY[");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once("])") {
            Some((list, rest)) => kept.extend(["IN (", list, ")", rest]),
            None => kept.extend(["= ANY (ARRAY[", part]),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn rules_read_as_they_were_written() {
        for (stored, written) in [
            (
                "status = ANY (ARRAY['active'::text, 'archived'::text]) OR name IS NULL",
                "status IN ('active', 'archived') OR name IS NULL",
            ),
            ("confidence <= 1::double precision", "confidence <= 1"),
            (
                "id = (( SELECT NULLIF(current_setting('app.id'::text), ''::text)::uuid AS \"nullif\"))",
                "id = ((SELECT NULLIF(current_setting('app.id'), '')::uuid))",
            ),
            ("'{}'::text[]", "'{}'::text[]"),
            ("code::text", "code::text"),
        ] {
            assert_eq!(readable(stored), written);
        }
    }
}
