//! What a document may not exceed, whoever sends it and whatever its variables are.

use super::lexer::Tokens;
use super::measure::{Endless, Measure, NESTING};
use crate::core::ErrorCode;
use crate::server::refusal::Refusal;
use crate::settings::Limits;

/// Brackets in each other, in what the parser reads by recursion.
const BRACKETS: u64 = 64;
/// Bytes of a name; the schema's are far shorter.
const NAME: u64 = 256;
/// Fields below each other in a question about the schema. The usual one needs 15.
const SCHEMA_DEPTH: u64 = 25;

/// Before the document is parsed.
pub(super) fn check_tokens(tokens: Tokens, limits: &Limits) -> Result<(), Refusal> {
    within(
        "tokens",
        limits.tokens,
        tokens.count,
        "tokens in the document",
    )?;
    within(
        "nesting",
        BRACKETS,
        tokens.nesting,
        "brackets in each other",
    )?;
    within("nameLength", NAME, tokens.longest_name, "bytes in a name")
}

/// Before anything walks through the parsed document with its fragments expanded.
pub(super) fn check_size(
    measured: Result<Vec<Measure>, Endless>,
    limits: &Limits,
) -> Result<(), Refusal> {
    let measures = measured.map_err(|endless| match endless {
        Endless::Cycle(fragment) => Refusal::document(
            ErrorCode::ValidationFailed,
            &format!("Cannot spread fragment \"{fragment}\" within itself."),
            None,
        ),
        Endless::Nesting(nesting) => too_nested(nesting),
    })?;
    for measure in measures {
        within(
            "fields",
            limits.tokens,
            measure.fields,
            "fields in the document with its fragments expanded",
        )?;
        within(
            "depth",
            limits.depth,
            measure.depth,
            "fields below each other",
        )?;
        within(
            "introspectionDepth",
            SCHEMA_DEPTH,
            measure.schema_depth,
            "fields below each other in a question about the schema",
        )?;
        within(
            "aliases",
            limits.aliases,
            measure.aliases,
            "aliases in an operation",
        )?;
        within(
            "rootFields",
            limits.root_fields,
            measure.roots,
            "fields at the root of an operation",
        )?;
        within(
            "directives",
            limits.directives,
            measure.directives,
            "directives in an operation",
        )?;
    }
    Ok(())
}

/// Once the variables are known.
pub(super) fn check_cost(cost: u64, limits: &Limits) -> Result<(), Refusal> {
    within(
        "cost",
        limits.cost,
        cost,
        "rows that the operation may touch by its page sizes (first, last; 20 where none is given)",
    )
}

fn too_nested(nesting: u64) -> Refusal {
    Refusal::limit(
        "nesting",
        NESTING,
        nesting,
        &format!("too many selections in each other: {nesting} or more, {NESTING} are allowed"),
    )
}

/// Refuses what is more than allowed, with both numbers.
pub(super) fn within(
    limit: &'static str,
    allowed: u64,
    requested: u64,
    what: &str,
) -> Result<(), Refusal> {
    if requested <= allowed {
        return Ok(());
    }
    Err(Refusal::limit(
        limit,
        allowed,
        requested,
        &format!("too many {what}: {requested}, {allowed} are allowed"),
    ))
}
