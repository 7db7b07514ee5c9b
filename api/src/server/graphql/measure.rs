//! How large the operations of a document are with their fragments expanded, counted without expanding any: each fragment is
//! measured once and its measure added wherever it is spread.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Positioned};

/// Selections below each other, spreads and inline fragments counted: as deep as the engine goes.
pub(super) const NESTING: u64 = 32;

/// What somebody needs no token for, because it is how one gets it, or gets rid of it.
const OPEN: [&str; 3] = ["signIn", "refreshSession", "signOut"];
/// What answers with a session, too.
const CHANGE_PASSWORD: &str = "changePassword";
/// What may have somebody else's new password in its text.
const GIVES_PASSWORDS: [&str; 2] = ["createUser", "updateUser"];

/// How large a selection set is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measure {
    /// All fields.
    pub(super) fields: u64,
    /// Fields at its top.
    pub(super) roots: u64,
    /// Those of them that ask about the schema alone.
    pub(super) schema_roots: u64,
    /// Those of them that begin, go on with or end a session.
    pub(super) session_roots: u64,
    /// Those of all of them whose text may hold a password or a token.
    pub(super) secret_roots: u64,
    /// And of those about sessions, those that need no token.
    pub(super) open_roots: u64,
    /// Whether `__schema` or `__type` is asked for.
    pub(super) asks_schema: bool,
    /// Fields below each other.
    pub(super) depth: u64,
    /// Fields below each other, under `__schema` and `__type`.
    pub(super) schema_depth: u64,
    /// Fields, spreads and inline fragments below each other.
    pub(super) nesting: u64,
    /// Aliases.
    pub(super) aliases: u64,
    /// Directives.
    pub(super) directives: u64,
}

/// A document that has no size.
pub(super) enum Endless {
    /// A fragment that spreads itself.
    Cycle(Name),
    /// Deeper than [`NESTING`], by how much nobody looked.
    Nesting(u64),
}

enum Fragment {
    UnderWay,
    Done(Measure),
}

/// Measures each operation, and the fragments that none of them uses.
pub(super) fn measure(document: &ExecutableDocument) -> Result<Vec<Measure>, Endless> {
    let mut ruler = Ruler {
        document,
        fragments: HashMap::new(),
    };
    let mut measures = Vec::new();
    for name in document.fragments.keys() {
        let measure = ruler.fragment(name, 0)?;
        // What no operation uses has no roots of its own.
        measures.push(Measure {
            roots: 0,
            schema_roots: 0,
            session_roots: 0,
            secret_roots: 0,
            open_roots: 0,
            ..measure
        });
    }
    for (_, operation) in document.operations.iter() {
        let mut measure = ruler.set(&operation.node.selection_set, 0)?;
        measure.directives += operation.node.directives.len() as u64;
        measures.push(measure);
    }
    Ok(measures)
}

/// Measures one operation's selection set; the document is known to be finite.
pub(super) fn measure_set(
    document: &ExecutableDocument,
    set: &Positioned<SelectionSet>,
) -> Result<Measure, Endless> {
    Ruler {
        document,
        fragments: HashMap::new(),
    }
    .set(set, 0)
}

struct Ruler<'a> {
    document: &'a ExecutableDocument,
    fragments: HashMap<&'a Name, Fragment>,
}

impl<'a> Ruler<'a> {
    fn set(&mut self, set: &'a Positioned<SelectionSet>, level: u64) -> Result<Measure, Endless> {
        // The stack is as deep as this; what is measured is at least as deep.
        if level > NESTING {
            return Err(Endless::Nesting(level));
        }
        let mut whole = Measure::default();
        for selection in &set.node.items {
            let directives = selection.node.directives().len() as u64;
            let part = match &selection.node {
                Selection::Field(field) => {
                    let below = self.set(&field.node.selection_set, level + 1)?;
                    of_field(&field.node.name.node, field.node.alias.is_some(), &below)
                }
                Selection::InlineFragment(fragment) => {
                    under(self.set(&fragment.node.selection_set, level + 1)?)
                }
                Selection::FragmentSpread(spread) => {
                    under(self.fragment(&spread.node.fragment_name.node, level + 1)?)
                }
            };
            whole.add(&part, directives);
        }
        if whole.nesting > NESTING {
            return Err(Endless::Nesting(whole.nesting));
        }
        Ok(whole)
    }

    fn fragment(&mut self, name: &'a Name, level: u64) -> Result<Measure, Endless> {
        match self.fragments.get(name) {
            Some(Fragment::Done(measure)) => return Ok(*measure),
            Some(Fragment::UnderWay) => return Err(Endless::Cycle(name.clone())),
            None => {}
        }
        // A fragment that is not there is for validation to name.
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Measure::default());
        };
        self.fragments.insert(name, Fragment::UnderWay);
        let mut measure = self.set(&fragment.node.selection_set, level)?;
        measure.directives += fragment.node.directives.len() as u64;
        self.fragments.insert(name, Fragment::Done(measure));
        Ok(measure)
    }
}

fn of_field(name: &Name, aliased: bool, below: &Measure) -> Measure {
    let asks_schema = matches!(name.as_str(), "__schema" | "__type");
    let is_open = OPEN.contains(&name.as_str());
    let is_session = is_open || name == CHANGE_PASSWORD;
    let depth = below.depth + 1;
    Measure {
        fields: below.fields.saturating_add(1),
        roots: 1,
        schema_roots: u64::from(asks_schema || name == "__typename"),
        session_roots: u64::from(is_session),
        secret_roots: u64::from(is_session || GIVES_PASSWORDS.contains(&name.as_str())),
        open_roots: u64::from(is_open),
        asks_schema: asks_schema || below.asks_schema,
        depth: if asks_schema { 0 } else { depth },
        schema_depth: if asks_schema {
            depth
        } else {
            below.schema_depth
        },
        nesting: below.nesting + u64::from(below.fields > 0),
        aliases: below.aliases.saturating_add(aliased.into()),
        directives: below.directives,
    }
}

fn under(fragment: Measure) -> Measure {
    Measure {
        nesting: fragment.nesting + 1,
        ..fragment
    }
}

impl Measure {
    fn add(&mut self, part: &Self, directives: u64) {
        self.fields = self.fields.saturating_add(part.fields);
        self.roots = self.roots.saturating_add(part.roots);
        self.schema_roots = self.schema_roots.saturating_add(part.schema_roots);
        self.session_roots = self.session_roots.saturating_add(part.session_roots);
        self.secret_roots = self.secret_roots.saturating_add(part.secret_roots);
        self.open_roots = self.open_roots.saturating_add(part.open_roots);
        self.asks_schema |= part.asks_schema;
        self.depth = self.depth.max(part.depth);
        self.schema_depth = self.schema_depth.max(part.schema_depth);
        self.nesting = self.nesting.max(part.nesting);
        self.aliases = self.aliases.saturating_add(part.aliases);
        self.directives = self
            .directives
            .saturating_add(part.directives)
            .saturating_add(directives);
    }
}
