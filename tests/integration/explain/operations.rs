//! Every operation that the project has written down: the committed queries, the examples of GraphiQL, and those of the
//! TypeScript tests, as urql and Relay send them; each with pages of 25.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// An operation's text, and where it stands.
pub struct Operation {
    pub place: String,
    pub text: String,
}

/// What the Relay compiler takes out of a document, or fills in.
const OF_RELAY: [&str; 6] = [
    "@refetchable",
    "@argumentDefinitions",
    "@arguments",
    "@connection",
    "@prependNode",
    "@deleteEdge",
];
const FILLED_IN: [(&str, &str); 5] = [
    (", $connections: [ID!]!", ""),
    ("first: $count, after: $cursor", "first: 25"),
    // Of a fragment's arguments, those that its query leaves out.
    ("after: $after, ", ""),
    ("before: $before, ", ""),
    ("__id\n", "\n"),
];

/// All of them.
pub fn all() -> Vec<Operation> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut operations = Vec::new();
    for folder in ["tests/queries", "web/examples"] {
        for path in files(&root.join(folder), &["graphql"]) {
            operations.push((path.clone(), fs::read_to_string(path).unwrap()));
        }
    }
    let mut fragments = BTreeMap::new();
    let typescript = root.join("tests/typescript");
    let sources = ["urql", "relay"].map(|folder| files(&typescript.join(folder), &["ts", "tsx"]));
    for path in sources.concat() {
        for template in templates(&fs::read_to_string(&path).unwrap()) {
            let text = if path.components().any(|part| part.as_os_str() == "relay") {
                without_relay(&template)
            } else {
                template
            };
            match text.trim_start().strip_prefix("fragment ") {
                Some(rest) => {
                    let name = rest.split_whitespace().next().unwrap().to_owned();
                    fragments.insert(name, text);
                }
                None => operations.push((path.clone(), text)),
            }
        }
    }
    operations
        .into_iter()
        .map(|(path, text)| Operation {
            place: path.strip_prefix(&root).unwrap().display().to_string(),
            text: with_larger_pages(&with_fragments(text, &fragments)),
        })
        .collect()
}

fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, endings));
        } else if endings
            .iter()
            .any(|ending| path.extension().is_some_and(|found| found == *ending))
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What stands between the backticks of graphql`…` and graphql(`…`).
fn templates(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for opening in ["graphql`", "graphql(`"] {
        for rest in source.split(opening).skip(1) {
            found.push(rest.split('`').next().unwrap().to_owned());
        }
    }
    found
}

fn without_relay(template: &str) -> String {
    let mut text = template.to_owned();
    for (written, meant) in FILLED_IN {
        text = text.replace(written, meant);
    }
    for directive in OF_RELAY {
        while let Some(start) = text.find(directive) {
            let mut depth = 0;
            let length = text[start..]
                .find(|character| {
                    depth += i32::from(character == '(') - i32::from(character == ')');
                    character == ')' && depth == 0
                })
                .unwrap();
            text.replace_range(start..=start + length, "");
        }
    }
    text
}

fn with_fragments(mut text: String, fragments: &BTreeMap<String, String>) -> String {
    loop {
        let missing = fragments.iter().find(|(name, _)| {
            text.contains(&format!("...{name}")) && !text.contains(&format!("fragment {name} "))
        });
        match missing {
            Some((_, fragment)) => text.push_str(fragment),
            None => return text,
        }
    }
}

fn with_larger_pages(text: &str) -> String {
    let mut larger = text.to_owned();
    for argument in ["first: ", "last: "] {
        let mut parts = larger.split(argument);
        let mut joined = parts.next().unwrap().to_owned();
        for part in parts {
            let rest = part.trim_start_matches(|character: char| character.is_ascii_digit());
            joined.push_str(argument);
            joined.push_str(if rest.len() < part.len() { "25" } else { "" });
            joined.push_str(rest);
        }
        larger = joined;
    }
    larger
}
