//! One request's work for one caller: the only way that a domain has to rows. It hands out no connection, so that a domain
//! cannot write a query that forgets whose rows it reads, or whether the caller may see them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Context;
use sea_orm::sea_query::{QueryStatementWriter, Values};
use sea_orm::{EntityTrait, QueryResult};

use super::connection::Connection;
use super::error::{Error, Result};
use super::idempotency::{Claim, IdempotencyKey};
use super::loaders::{Batch, Loaders};
use super::node::{ById, Node, count, list, select};
use super::relation::{Children, Relation, Totals};
use super::{Actor, Filter, Id, Page, PageArguments, Permission, Row};
use crate::database::{GatewayPools, Journal, Lease, Plans};

/// What the edge knows of a request.
#[derive(Clone, Debug)]
pub struct RequestInfo {
    /// In the log, in the audit trail and in every error's extensions.
    pub id: String,
    /// How long a statement may take in PostgreSQL.
    pub time_limit: Duration,
    /// How many rows a page may have.
    pub largest_page: u64,
    /// What makes a retry of the request harmless, if the client sent it.
    pub idempotency_key: Option<IdempotencyKey>,
    /// Where it is written down what is asked of the database.
    pub journal: Journal,
}

/// What resolvers find in their context. Cheap to clone; all clones are one request.
#[derive(Clone, Debug)]
pub struct Session {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    actor: Actor,
    request: RequestInfo,
    lease: Lease,
    loaders: Loaders,
    claim: Claim,
}

impl Session {
    /// Nothing is asked of the database before the first field needs it.
    pub fn new(pools: &GatewayPools, actor: Actor, request: RequestInfo) -> Self {
        let lease = Lease::new(
            pools,
            actor.database_role,
            (actor.organization, actor.user),
            request.time_limit,
            Plans::ByValues,
            request.journal.clone(),
        );
        Self {
            inner: Arc::new(Inner {
                actor,
                request,
                lease,
                loaders: Loaders::default(),
                claim: Claim::default(),
            }),
        }
    }

    /// The session of the request that a field is resolved for; none where nobody is signed in.
    pub fn of<'a>(context: &Context<'a>) -> Result<&'a Self> {
        context.data::<Self>().map_err(|_| Error::Unauthenticated)
    }

    /// For whom.
    pub fn actor(&self) -> &Actor {
        &self.inner.actor
    }

    /// Which request.
    pub fn request(&self) -> &RequestInfo {
        &self.inner.request
    }

    /// Ends the request's transaction and gives its connection back. A session that is dropped instead (the client went away,
    /// time ran out) closes its connection, and PostgreSQL cancels what still runs on it.
    pub async fn finish(&self) {
        self.inner.lease.finish().await;
    }

    /// Whether the caller may; an error that names the permission where not.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.inner.actor.permissions.has(permission) {
            Ok(())
        } else {
            Err(Error::Forbidden(permission))
        }
    }

    /// One object by its id. The same answer, none, for what does not exist, is in the bin, and is not the caller's to see.
    pub async fn one<N: Node>(&self, id: Id) -> Result<Option<Arc<N>>> {
        self.load(&ById::<N>::new(), id).await
    }

    /// The same for a reference that may be empty.
    pub async fn maybe<N: Node>(&self, id: Option<Id>) -> Result<Option<Arc<N>>> {
        // Whether it is empty is not for everybody either.
        self.require(N::NEEDS)?;
        match id {
            Some(id) => self.one(id).await,
            None => Ok(None),
        }
    }

    /// Objects by their ids, in one statement; those that the caller may not see are missing.
    pub async fn many<N: Node>(
        &self,
        ids: impl IntoIterator<Item = Id>,
    ) -> Result<HashMap<Id, Arc<N>>> {
        let ids: HashSet<Id> = ids.into_iter().collect();
        ById::<N>::new().load(self, ids.into_iter().collect()).await
    }

    /// All objects for which a filter holds, for mutations: whoever asks knows that they are few.
    pub async fn found<N: Node>(&self, filter: &N::Filter) -> Result<Vec<N>> {
        let row = self.answer::<N::Entity>();
        let mut statement = select::<N>();
        statement
            .cond_where(row.visible::<N::Entity>())
            .cond_where(filter.condition(&row)?);
        self.read(&statement).await
    }

    /// A page of all objects of a kind.
    pub async fn list<N: Node>(&self, arguments: PageArguments<N>) -> Result<Connection<N>> {
        self.require(N::NEEDS)?;
        let page = Arc::new(Page::new(arguments, self.request().largest_page)?);
        let rows = if page.size == 0 {
            Vec::new()
        } else {
            let row = self.answer::<N::Entity>();
            self.read(&list(&row, &page, select::<N>())?).await?
        };
        let of_page = Arc::clone(&page);
        Ok(Connection::new(
            page,
            Arc::new(rows),
            Box::new(move |session| {
                let page = Arc::clone(&of_page);
                Box::pin(async move { session.count(&page).await })
            }),
        ))
    }

    /// A page of what hangs under a parent; one statement for all parents that are asked at once.
    pub async fn children<R: Relation>(
        &self,
        parent: R::Key,
        arguments: PageArguments<R::Child>,
    ) -> Result<Connection<R::Child>> {
        self.require(R::Child::NEEDS)?;
        let page = Arc::new(Page::new(arguments, self.request().largest_page)?);
        let rows = if page.size == 0 {
            Arc::default()
        } else {
            self.load(&Children::<R>::new(Arc::clone(&page)), parent.clone())
                .await?
                .unwrap_or_default()
        };
        let of_page = Arc::clone(&page);
        Ok(Connection::new(
            page,
            rows,
            Box::new(move |session| {
                let totals = Totals::<R>::new(Arc::clone(&of_page));
                let parent = parent.clone();
                Box::pin(
                    async move { Ok(session.load(&totals, parent).await?.unwrap_or_default()) },
                )
            }),
        ))
    }

    /// Joins the batch that answers the key.
    pub async fn load<B: Batch>(&self, batch: &B, key: B::Key) -> Result<Option<B::Value>> {
        self.inner.loaders.load(self, batch, key).await
    }

    /// The row that a statement answers with, for its conditions.
    pub fn answer<E: EntityTrait>(&self) -> Row {
        Row::answer::<E>(&self.inner.actor)
    }

    /// The objects that a statement answers with, if the caller may see any of their kind.
    pub(super) async fn read<N: Node>(
        &self,
        statement: &(impl QueryStatementWriter + Sync),
    ) -> Result<Vec<N>> {
        self.require(N::NEEDS)?;
        self.rows(statement)
            .await?
            .iter()
            .map(|row| N::from_query_result(row, "").map_err(Error::from))
            .collect()
    }

    /// The same, each with one value more that the statement answers with.
    pub(super) async fn read_with<N: Node, T: sea_orm::TryGetable>(
        &self,
        statement: &(impl QueryStatementWriter + Sync),
        column: &str,
    ) -> Result<Vec<(T, N)>> {
        self.require(N::NEEDS)?;
        self.rows(statement)
            .await?
            .iter()
            .map(|row| {
                let value = row.try_get("", column)?;
                Ok((value, N::from_query_result(row, "")?))
            })
            .collect()
    }

    /// The rows of a statement that the core made.
    pub(super) async fn rows(
        &self,
        statement: &(impl QueryStatementWriter + Sync),
    ) -> Result<Vec<QueryResult>> {
        Ok(self.inner.lease.rows(statement).await?)
    }

    /// The same for SQL that no builder can say.
    pub(super) async fn rows_of(&self, sql: String, values: Values) -> Result<Vec<QueryResult>> {
        Ok(self.inner.lease.rows_of(sql, values).await?)
    }

    /// Begins the transaction of a mutation, with the claim of the request's idempotency key in it. Nothing that was read before
    /// is answered from now on.
    pub(super) async fn begin_writing(&self) -> Result<()> {
        self.inner.loaders.forget();
        self.inner.lease.begin_writing().await?;
        let claimed = self.claim_key().await;
        if claimed.is_err() {
            self.roll_back().await?;
        }
        claimed
    }

    /// Makes it last. What its payload reads is read anew.
    pub(super) async fn commit(&self) -> Result<()> {
        self.commit_with(Vec::new()).await?;
        Ok(())
    }

    /// The same with last statements before, all in one message; answers with their rows.
    pub(super) async fn commit_with(
        &self,
        last: Vec<(String, Values)>,
    ) -> Result<Vec<Vec<QueryResult>>> {
        self.inner.loaders.forget();
        let answers = self.inner.lease.commit(last).await?;
        self.inner.claim.committed();
        Ok(answers)
    }

    /// The request's hold on the database, for what is no part of a mutation.
    pub(super) fn lease(&self) -> &Lease {
        &self.inner.lease
    }

    /// How far the request is with its idempotency key.
    pub(super) fn claim(&self) -> &Claim {
        &self.inner.claim
    }

    /// Takes it back.
    pub(super) async fn roll_back(&self) -> Result<()> {
        self.inner.loaders.forget();
        Ok(self.inner.lease.roll_back().await?)
    }

    async fn count<N: Node>(&self, page: &Page<N>) -> Result<i64> {
        self.require(N::NEEDS)?;
        let row = self.answer::<N::Entity>();
        let statement = count(&row, page)?;
        let rows = self.rows(&statement).await?;
        let row = rows
            .first()
            .ok_or_else(|| Error::internal("a count answered with no row"))?;
        Ok(row.try_get("", "total")?)
    }
}
