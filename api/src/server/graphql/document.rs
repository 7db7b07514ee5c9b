//! Documents on their way from text to what is executed. Each step is done once for a text and the result kept, bounded by
//! bytes; nothing that was refused is kept.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType,
};
use async_graphql::parser::{self, parse_query};
use async_graphql::{Name, Positioned, Request, ServerError};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::engine::Engine;
use super::measure::{Measure, measure, measure_set};
use super::merge::Merger;
use super::typename::wrap_conditions;
use super::variables::{conditions, kept};
use super::{conflicts, lexer, limits};
use crate::core::reading::{Asked, Reading, shaping_variables};
use crate::core::{ErrorCode, Permissions};
use crate::server::refusal::Refusal;
use crate::settings::Limits;

/// About what a token, and a field of a merged document, take in memory once parsed.
const BYTES_A_TOKEN: u64 = 256;
const BYTES_A_FIELD: u64 = 640;

/// A text that was parsed, that is of an allowed size and, once it is kept, valid.
pub(super) struct Document {
    identity: u64,
    pub(super) parsed: ExecutableDocument,
    /// Whether any operation asks about the schema.
    pub(super) asks_schema: bool,
    /// Whether any operation is about sessions.
    pub(super) about_sessions: bool,
    /// Whether a password or a token may stand in its text. Such a document is not kept.
    has_secrets: bool,
    /// The variables that `@skip` and `@include` name anywhere in it.
    conditions: Vec<Name>,
    bytes: u64,
}

/// One operation of a document, merged for one set of values of the variables that decide what is skipped.
pub(super) struct Plan {
    identity: u64,
    /// The operation alone, without fragments.
    pub(super) document: ExecutableDocument,
    /// The variables that make another query of it.
    shaping: Vec<Name>,
    bytes: u64,
}

#[derive(Clone, Hash, PartialEq, Eq)]
struct PlanKey {
    document: u64,
    operation: Option<Name>,
    conditions: Vec<bool>,
}

/// One plan with one set of values of the variables that shape it, for one set of permissions.
#[derive(Clone, Hash, PartialEq, Eq)]
struct ReadingKey {
    plan: u64,
    permissions: Permissions,
    shaping: Box<str>,
}

/// What can be read without resolvers; nothing where it was tried and cannot.
type MaybeReading = Option<Arc<Reading>>;

/// An operation chosen out of a document.
#[derive(Clone, Copy)]
pub(super) struct Chosen<'a> {
    pub(super) name: Option<&'a Name>,
    pub(super) operation: &'a Positioned<OperationDefinition>,
}

/// What is kept.
pub(in crate::server) struct Documents {
    parsed: Cache<Box<str>, Arc<Document>, ByBytes>,
    plans: Cache<PlanKey, Arc<Plan>, ByBytes>,
    readings: Cache<ReadingKey, MaybeReading, ByBytes>,
    next: AtomicU64,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Box<str>, Arc<Document>> for ByBytes {
    fn weight(&self, _: &Box<str>, document: &Arc<Document>) -> u64 {
        document.bytes
    }
}

impl Weighter<ReadingKey, MaybeReading> for ByBytes {
    fn weight(&self, key: &ReadingKey, reading: &MaybeReading) -> u64 {
        128 + key.shaping.len() as u64 + reading.as_ref().map_or(0, |reading| reading.weight())
    }
}

impl Weighter<PlanKey, Arc<Plan>> for ByBytes {
    fn weight(&self, _: &PlanKey, plan: &Arc<Plan>) -> u64 {
        plan.bytes
    }
}

impl Documents {
    /// Room for so many bytes of documents, of plans and of what is read by them together.
    pub(in crate::server) fn new(bytes: u64) -> Self {
        // The number is a guess at how many fit; the caches are bounded by the bytes.
        let items = usize::try_from(bytes / 32_768)
            .unwrap_or(usize::MAX)
            .max(16);
        Self {
            parsed: Cache::with_weighter(items, bytes / 3, ByBytes),
            plans: Cache::with_weighter(items, bytes / 3, ByBytes),
            readings: Cache::with_weighter(items, bytes / 3, ByBytes),
            next: AtomicU64::new(0),
        }
    }

    /// A document that was parsed and validated before.
    pub(super) fn kept(&self, source: &str) -> Option<Arc<Document>> {
        self.parsed.get(source)
    }

    /// Parses a document and looks at its size. It is not valid yet.
    pub(super) fn parse(&self, source: &str, allowed: &Limits) -> Result<Document, Refusal> {
        let tokens = lexer::count(source);
        limits::check_tokens(tokens, allowed)?;
        let parsed = parse_query(source).map_err(|error| syntax(&error))?;
        let measured = measure(&parsed);
        let asks_schema = measured
            .as_ref()
            .is_ok_and(|measures| measures.iter().any(|measure| measure.asks_schema));
        let any = |counted: fn(&Measure) -> u64| {
            measured
                .as_ref()
                .is_ok_and(|measures| measures.iter().any(|measure| counted(measure) > 0))
        };
        let about_sessions = any(|measure| measure.session_roots);
        let has_secrets = any(|measure| measure.secret_roots);
        limits::check_size(measured, allowed)?;
        Ok(Document {
            identity: self.next.fetch_add(1, Ordering::Relaxed),
            conditions: conditions(&parsed),
            parsed,
            asks_schema,
            about_sessions,
            has_secrets,
            bytes: 2 * source.len() as u64 + tokens.count * BYTES_A_TOKEN,
        })
    }

    /// Validates a document as it was written, and keeps it where it may be kept.
    pub(super) async fn validate(
        &self,
        source: &str,
        document: Document,
        engine: &Engine,
        suggestions: bool,
    ) -> Result<Arc<Document>, Refusal> {
        let mut request = Request::new("");
        let mut written = document.parsed.clone();
        wrap_conditions(&mut written);
        request.set_parsed_query(written);
        engine
            .validate(request)
            .await
            .map_err(|errors| Refusal::invalid(errors, suggestions))?;
        conflicts::check(&document.parsed, engine.types())?;
        let document = Arc::new(document);
        if !document.has_secrets {
            self.parsed.insert(source.into(), document.clone());
        }
        Ok(document)
    }

    /// The chosen operation as it is executed with these values of the document's conditions.
    pub(super) fn plan(
        &self,
        document: &Document,
        chosen: Chosen<'_>,
        values: &HashMap<Name, bool>,
        engine: &Engine,
        allowed: &Limits,
    ) -> Result<Arc<Plan>, Refusal> {
        let key = PlanKey {
            document: document.identity,
            operation: chosen.name.cloned(),
            conditions: document
                .conditions
                .iter()
                .map(|name| values.get(name).copied().unwrap_or_default())
                .collect(),
        };
        if let Some(plan) = self.plans.get(&key) {
            return Ok(plan);
        }
        let identity = self.next.fetch_add(1, Ordering::Relaxed);
        let plan = Arc::new(merged(identity, document, chosen, values, engine, allowed)?);
        if !document.has_secrets {
            self.plans.insert(key, plan.clone());
        }
        Ok(plan)
    }
}

impl Documents {
    /// The plan as it can be read without resolvers, for whoever has the permissions.
    pub(super) fn reading(&self, plan: &Plan, engine: &Engine, asked: &Asked<'_>) -> MaybeReading {
        let shaping: Vec<_> = plan
            .shaping
            .iter()
            .map(|name| asked.variables.get(name))
            .collect();
        let shaping = if shaping.is_empty() {
            Box::default()
        } else {
            serde_json::to_string(&shaping).ok()?.into_boxed_str()
        };
        let key = ReadingKey {
            plan: plan.identity,
            permissions: asked.permissions,
            shaping,
        };
        if let Some(known) = self.readings.get(&key) {
            return known;
        }
        let reading = engine.catalog().compile(asked).map(Arc::new);
        self.readings.insert(key, reading.clone());
        reading
    }
}

impl Document {
    /// The operation that the request is about.
    pub(super) fn choose(&self, name: Option<&str>) -> Result<Chosen<'_>, Refusal> {
        let mut operations = self.parsed.operations.iter();
        let found = match name {
            Some(wanted) => {
                operations.find(|(name, _)| name.is_some_and(|name| name.as_str() == wanted))
            }
            None if operations.len() > 1 => {
                return Err(Refusal::document(
                    ErrorCode::BadRequest,
                    "the document has several operations: say in operationName which",
                    None,
                ));
            }
            None => operations.next(),
        };
        found
            .map(|(name, operation)| Chosen { name, operation })
            .ok_or_else(|| {
                Refusal::document(
                    ErrorCode::BadRequest,
                    "the document has no operation of the name in operationName",
                    None,
                )
            })
    }

    /// Which of these variables of the chosen operation decide what is skipped.
    pub(super) fn conditions(&self) -> &[Name] {
        &self.conditions
    }

    /// How large the chosen operation is.
    pub(super) fn measure(&self, chosen: Chosen<'_>) -> Measure {
        // It was finite when it was parsed.
        measure_set(&self.parsed, &chosen.operation.node.selection_set).unwrap_or_default()
    }
}

impl Plan {
    /// The one operation.
    pub(super) fn operation(&self) -> Option<&OperationDefinition> {
        let (_, operation) = self.document.operations.iter().next()?;
        Some(&operation.node)
    }
}

fn merged(
    identity: u64,
    document: &Document,
    chosen: Chosen<'_>,
    values: &HashMap<Name, bool>,
    engine: &Engine,
    allowed: &Limits,
) -> Result<Plan, Refusal> {
    let source = &chosen.operation.node;
    let Some(root) = engine.types().root(source.ty) else {
        return Err(Refusal::document(
            ErrorCode::ValidationFailed,
            &format!("the schema has no {}", source.ty),
            Some(chosen.operation.pos),
        ));
    };
    let mut merger = Merger {
        types: engine.types(),
        fragments: &document.parsed.fragments,
        conditions: values,
        allowed: allowed.tokens,
        fields: 0,
    };
    let items = merger.merge(root, &[&source.selection_set])?;
    let mut operation = OperationDefinition {
        ty: source.ty,
        variable_definitions: source.variable_definitions.clone(),
        directives: source.directives.clone(),
        selection_set: source.selection_set.clone(),
    };
    operation.selection_set.node.items = items;
    kept(&mut operation);
    Ok(Plan {
        identity,
        shaping: shaping_variables(&operation),
        bytes: 512 + merger.fields * BYTES_A_FIELD,
        document: ExecutableDocument {
            operations: DocumentOperations::Single(Positioned::new(
                operation,
                chosen.operation.pos,
            )),
            fragments: HashMap::new(),
        },
    })
}

/// What the parser says, without the line of the document that it quotes.
fn syntax(error: &parser::Error) -> Refusal {
    let at = error.positions().next();
    let message = match error {
        parser::Error::Syntax { message, .. } => {
            let expected = message
                .lines()
                .rev()
                .find_map(|line| line.trim_start().strip_prefix("= "))
                .unwrap_or("it is not GraphQL");
            format!("the document does not parse: {expected}")
        }
        other => format!(
            "the document does not parse: {}",
            ServerError::from(other.clone()).message
        ),
    };
    Refusal::document(ErrorCode::ValidationFailed, &message, at)
}

/// Kinds of operations as the log and the metrics name them.
pub(super) const fn kind(operation: OperationType) -> &'static str {
    match operation {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    }
}
