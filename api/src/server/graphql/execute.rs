//! One operation, from its text to its answer.

use std::sync::Arc;

use async_graphql::Request;
use async_graphql::parser::types::OperationType;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use tokio::time::{Instant, timeout_at};

use super::cost::cost;
use super::document::{Document, Plan, kind};
use super::explain::explain;
use super::idempotency;
use super::limits::check_cost;
use super::request::GraphqlRequest;
use super::response::Answer;
use super::variables;
use crate::core::reading::{Asked, Caller};
use crate::core::{Actor, Door, Error, ErrorCode, IdempotencyKey, RequestInfo, Session};
use crate::database::{Lease, Plans};
use crate::server::App;
use crate::server::log::Record;
use crate::server::refusal::Refusal;
use crate::server::{identity, origin};

/// What is common to the operations of a request.
pub(super) struct Circumstances<'a> {
    pub(super) app: &'a App,
    pub(super) head: &'a Parts,
    /// Whether the operation is the only one of its request.
    pub(super) is_alone: bool,
    pub(super) actor: Option<&'a Actor>,
    pub(super) request_id: &'a str,
    pub(super) explains: bool,
    pub(super) deadline: Instant,
}

/// An operation that may be executed.
struct Ready {
    plan: Arc<Plan>,
    kind: OperationType,
    cost: Option<u64>,
    idempotency_key: Option<IdempotencyKey>,
}

impl Circumstances<'_> {
    /// Answers one operation, and writes down what is worth knowing of it.
    pub(super) async fn answer(&self, request: GraphqlRequest, record: &mut Record) -> Answer {
        let began = Instant::now();
        let ready = match self.prepare(&request, record).await {
            Ok(ready) => ready,
            Err(refusal) => return Answer::refused(refusal, self.request_id),
        };
        let (cost, before) = (ready.cost, record.journals().len());
        let answer = self.execute(ready, request, record).await;
        if !self.explains {
            return answer;
        }
        explain(answer, &record.journals()[before..], cost, began)
            .unwrap_or_else(|error| Answer::refused(error.into(), self.request_id))
    }

    async fn prepare(
        &self,
        request: &GraphqlRequest,
        record: &mut Record,
    ) -> Result<Ready, Refusal> {
        let document = self.document(request).await?;
        let chosen = document.choose(request.operation_name.as_deref())?;
        let operation = &chosen.operation.node;
        record.operation(chosen.name, kind(operation.ty));
        self.check_kind(operation.ty)?;
        variables::check_given(operation, &request.variables)?;
        let values = variables::values(document.conditions(), operation, &request.variables)?;
        let plan = self.app.documents.plan(
            &document,
            chosen,
            &values,
            &self.app.engine,
            &self.app.limits,
        )?;
        let cost = plan
            .operation()
            .map(|merged| cost(merged, self.app.engine.types(), &request.variables));
        if let Some(cost) = cost {
            record.cost(cost);
            check_cost(cost, &self.app.limits)?;
        }
        let idempotency_key = match operation.ty {
            OperationType::Mutation => {
                idempotency::key(&self.head.headers, request, document.about_sessions)?
            }
            _ => None,
        };
        Ok(Ready {
            plan,
            kind: operation.ty,
            cost,
            idempotency_key,
        })
    }

    /// The valid document of a text, if its sender may have it looked at.
    async fn document(&self, request: &GraphqlRequest) -> Result<Arc<Document>, Refusal> {
        let documents = &self.app.documents;
        if let Some(document) = documents.kept(&request.query) {
            metrics::counter!("fieldgraph_documents_total", "cache" => "hit").increment(1);
            self.check_access(&document, request)?;
            return Ok(document);
        }
        metrics::counter!("fieldgraph_documents_total", "cache" => "miss").increment(1);
        let document = documents
            .parse(&request.query, &self.app.limits)
            .map_err(|refusal| self.unless_closed(refusal))?;
        self.check_access(&document, request)?;
        documents
            .validate(
                &request.query,
                document,
                &self.app.engine,
                self.app.introspection,
            )
            .await
    }

    /// Nobody in particular may begin, refresh and end a session, in a request of its own, and ask about the schema alone, where
    /// anybody may.
    fn check_access(&self, document: &Document, request: &GraphqlRequest) -> Result<(), Refusal> {
        if self.actor.is_none() {
            let chosen = document
                .choose(request.operation_name.as_deref())
                .map_err(|refusal| self.unless_closed(refusal))?;
            let measure = document.measure(chosen);
            let mut open = 0;
            if self.app.introspection {
                open += measure.schema_roots;
            }
            if self.is_alone {
                open += measure.open_roots;
            }
            if measure.roots != open {
                return Err(identity::missing());
            }
        }
        if document.asks_schema && !self.app.introspection {
            return Err(Refusal::document(
                ErrorCode::ValidationFailed,
                "introspection is off here: the schema is in schema.graphql, which comes with the gateway",
                None,
            ));
        }
        Ok(())
    }

    /// Where the schema is nobody's business, nobody in particular is told what is wrong with a document.
    fn unless_closed(&self, refusal: Refusal) -> Refusal {
        if self.actor.is_none() && !self.app.introspection {
            identity::missing()
        } else {
            refusal
        }
    }

    fn check_kind(&self, operation: OperationType) -> Result<(), Refusal> {
        match operation {
            OperationType::Subscription => Err(Refusal::document(
                ErrorCode::BadRequest,
                "a subscription has many answers: it cannot be answered by a plain request",
                None,
            )),
            OperationType::Mutation if self.head.method == Method::GET => Err(Refusal::request(
                StatusCode::METHOD_NOT_ALLOWED,
                ErrorCode::BadRequest,
                "a mutation is sent by POST",
            )
            .with_header(header::ALLOW, "POST")),
            OperationType::Query | OperationType::Mutation => Ok(()),
        }
    }

    async fn execute(&self, ready: Ready, given: GraphqlRequest, record: &mut Record) -> Answer {
        if ready.kind == OperationType::Query
            && let Some(answer) = self.read(&ready.plan, &given, record).await
        {
            return answer;
        }
        let mut request = Request::new("").variables(given.variables);
        request.set_parsed_query(ready.plan.document.clone());
        let has_key = ready.idempotency_key.is_some();
        let session = self.actor.map(|actor| {
            let info = RequestInfo {
                id: self.request_id.to_owned(),
                time_limit: self.app.limits.time,
                largest_page: self.app.limits.page,
                idempotency_key: ready.idempotency_key,
                journal: record.journal(self.explains),
            };
            Session::new(&self.app.pools, actor.clone(), info)
        });
        if let Some(session) = &session {
            request = request.data(session.clone());
        }
        if ready.kind == OperationType::Mutation {
            let keeper = Arc::clone(&self.app.sessions);
            request = request.data(Door::new(keeper, origin::of(self.app, self.head)));
        }
        let execution = Execution {
            app: self.app.clone(),
            session,
            kind: ready.kind,
            request_id: self.request_id.to_owned(),
            deadline: self.deadline,
        };
        if has_key {
            // Whoever sends a key asks again when the connection breaks: the answer shall be there then.
            tokio::spawn(execution.run(request, has_key))
                .await
                .unwrap_or_else(|reason| {
                    Answer::refused(Error::internal(reason).into(), self.request_id)
                })
        } else {
            execution.run(request, has_key).await
        }
    }
}

impl Circumstances<'_> {
    /// The answer of a query that asks for nothing but rows. None where there is anything else to it, or where anything went wrong:
    /// then it is up to the engine to answer, or to say what.
    async fn read(
        &self,
        plan: &Plan,
        given: &GraphqlRequest,
        record: &mut Record,
    ) -> Option<Answer> {
        let actor = self.actor?;
        let asked = Asked {
            operation: plan.operation()?,
            variables: &given.variables,
            permissions: actor.permissions,
            largest_page: self.app.limits.page,
        };
        let reading = self.app.documents.reading(plan, &self.app.engine, &asked)?;
        let caller = Caller {
            organization: actor.organization,
            variables: &given.variables,
        };
        let lease = Lease::new(
            &self.app.pools,
            actor.database_role,
            (actor.organization, actor.user),
            self.app.limits.time,
            if reading.filters {
                Plans::ByValues
            } else {
                Plans::Once
            },
            record.journal(self.explains),
        );
        let read = timeout_at(self.deadline, reading.run(&lease, &caller)).await;
        match read {
            Ok(Ok(body)) => Some(Answer::read(body)),
            Ok(Err(reason)) => {
                tracing::warn!(request = self.request_id, ?reason, "left to the resolvers");
                None
            }
            Err(_) => {
                let refusal =
                    Refusal::timeout(self.app.limits.time.as_secs(), OperationType::Query);
                Some(Answer::refused(refusal, self.request_id))
            }
        }
    }
}

/// What the execution of an operation needs, also when its client is gone.
struct Execution {
    app: App,
    session: Option<Session>,
    kind: OperationType,
    request_id: String,
    deadline: Instant,
}

impl Execution {
    async fn run(self, request: Request, has_key: bool) -> Answer {
        let executing = async {
            let answer = match &self.session {
                Some(session) if has_key => self.once(session, request).await,
                _ => self.executed(request).await,
            };
            if let Some(session) = &self.session {
                session.finish().await;
            }
            answer
        };
        // When time runs out the session is dropped unfinished, and PostgreSQL cancels what still runs for it.
        timeout_at(self.deadline, executing)
            .await
            .unwrap_or_else(|_| {
                let refusal = Refusal::timeout(self.app.limits.time.as_secs(), self.kind);
                Answer::refused(refusal, &self.request_id)
            })
    }

    async fn executed(&self, request: Request) -> Answer {
        let executed = self.app.engine.execute(request).await;
        Answer::executed(executed, self.app.introspection, &self.request_id)
    }

    /// Not where the request was carried out before, under the same idempotency key.
    async fn once(&self, session: &Session, request: Request) -> Answer {
        if let Some(answer) = idempotency::instead(session, &self.request_id).await {
            return answer;
        }
        let answer = self.executed(request).await;
        if session.was_overtaken() {
            return idempotency::overtaken(session, &self.request_id).await;
        }
        idempotency::keep(session, &answer).await;
        answer
    }
}
