//! What executes: a schema behind one function, so that nothing else here depends on which roots it has.

use std::sync::Arc;

use async_graphql::{
    ObjectType, Request, Response, SDLExportOptions, Schema, ServerError, SubscriptionType,
};
use futures::future::BoxFuture;

use super::types::TypeMap;
use crate::core::reading::{Catalog, Kind};
use crate::server::ServerError as StartError;

/// An operation name that no document can have, because it is no name.
const NO_OPERATION: &str = "";

type Execute = dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync;

/// A schema, ready to execute.
#[derive(Clone)]
pub struct Engine {
    execute: Arc<Execute>,
    sdl: Arc<str>,
    types: Arc<TypeMap>,
    catalog: Arc<Catalog>,
}

impl Engine {
    /// Wraps a schema. It should have no extensions: each, even an empty one, costs as much as a small query.
    pub fn new<Q, M, S>(schema: Schema<Q, M, S>) -> Result<Self, StartError>
    where
        Q: ObjectType + 'static,
        M: ObjectType + 'static,
        S: SubscriptionType + 'static,
    {
        let sdl = sorted_sdl(&schema);
        let types = TypeMap::read(&sdl)?;
        Ok(Self {
            execute: Arc::new(move |request| {
                let schema = schema.clone();
                Box::pin(async move { schema.execute(request).await })
            }),
            sdl: sdl.into(),
            types: Arc::new(types),
            catalog: Arc::default(),
        })
    }

    /// Lets queries that only read objects of these kinds go past the resolvers.
    #[must_use]
    pub fn reading(self, kinds: Vec<Kind>) -> Self {
        Self {
            catalog: Arc::new(Catalog::new(&self.sdl, kinds)),
            ..self
        }
    }

    pub(super) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The schema in its own language.
    pub fn sdl(&self) -> &str {
        &self.sdl
    }

    pub(super) fn types(&self) -> &TypeMap {
        &self.types
    }

    pub(super) async fn execute(&self, request: Request) -> Response {
        (self.execute)(request).await
    }

    /// Validates a document without executing it. The schema has no door for that, but it looks for the operation after it
    /// validated: an operation that cannot be there stops it at that point.
    pub(super) async fn validate(&self, mut request: Request) -> Result<(), Vec<ServerError>> {
        request.operation_name = Some(NO_OPERATION.to_owned());
        let errors = self.execute(request).await.errors;
        match errors.as_slice() {
            [error] if error.message == "Unknown operation named \"\"" => Ok(()),
            _ => Err(errors),
        }
    }
}

/// A schema in its own language, in an order that does not depend on the code's.
pub fn sorted_sdl<Q, M, S>(schema: &Schema<Q, M, S>) -> String
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    schema.sdl_with_options(
        SDLExportOptions::new()
            .sorted_fields()
            .sorted_arguments()
            .sorted_enum_items()
            .include_specified_by()
            .use_space_ident()
            .indent_width(2),
    )
}
