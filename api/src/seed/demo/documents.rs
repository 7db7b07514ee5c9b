//! The texts of the demo's knowledge documents, cut into chunks with embeddings.

use serde_json::{Value, json};

use crate::seed::embedding::embedding;

/// A chunk ends with the paragraph that takes it over this many characters.
const CHUNK_LENGTH: usize = 160;

/// A document with a text: its file goes into the storage, its text into the database.
pub struct Text {
    /// Key in the storage, and the document's key in the SQL files.
    pub key: &'static str,
    /// What it says.
    pub content: &'static str,
}

const NORTHWIND: &[Text] = &[
    Text {
        key: "documents/hail-field-guide.md",
        content: include_str!("documents/hail-field-guide.md"),
    },
    Text {
        key: "documents/fall-protection.md",
        content: include_str!("documents/fall-protection.md"),
    },
    Text {
        key: "documents/shingle-warranty.md",
        content: include_str!("documents/shingle-warranty.md"),
    },
    Text {
        key: "documents/library-rfp.md",
        content: include_str!("documents/library-rfp.md"),
    },
];

const ALPINE: &[Text] = &[
    Text {
        key: "documents/annex-ii-checklist.md",
        content: include_str!("documents/annex-ii-checklist.md"),
    },
    Text {
        key: "documents/mv20-biological-evaluation.md",
        content: include_str!("documents/mv20-biological-evaluation.md"),
    },
    Text {
        key: "documents/pruefplan-beatmung.md",
        content: include_str!("documents/pruefplan-beatmung.md"),
    },
];

/// The texts of an organization.
pub fn texts(slug: &str) -> &'static [Text] {
    match slug {
        "northwind" => NORTHWIND,
        "alpine" => ALPINE,
        _ => &[],
    }
}

/// What `knowledge.sql` reads.
pub fn rows(texts: &[Text]) -> Value {
    texts
        .iter()
        .map(|text| {
            json!({
                "key": text.key, "content": text.content, "file_size_bytes": text.content.len(),
                "chunks": chunks(text.content),
            })
        })
        .collect()
}

/// Whole paragraphs, with where they begin and end, counted in characters.
fn chunks(content: &str) -> Vec<Value> {
    let mut chunks = Vec::new();
    let (mut from, mut position) = (0, 0);
    let mut chunk = String::new();
    for paragraph in content.split_inclusive("\n\n") {
        chunk.push_str(paragraph);
        position += paragraph.chars().count();
        if chunk.chars().count() > CHUNK_LENGTH || position == content.chars().count() {
            let text = chunk.trim_end();
            let end = from + text.chars().count();
            let numbers: Vec<String> = embedding(text).iter().map(f32::to_string).collect();
            chunks.push(json!({
                "text": text, "start_char": from, "end_char": end, "embedding": format!("{{{}}}", numbers.join(",")),
            }));
            chunk.clear();
            from = position;
        }
    }
    chunks
}
