//! The log of what was asked of the documents, and what was answered.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::knowledge::query_log;
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use crate::core::{DateTimeFilter, Id, IdFilter, Json, StringFilter};
use crate::domains::tenancy::{Organization, User, UserFilter};
use crate::{filter, node, order, relations, roots};

/// A question that somebody asked of the documents, with what was found for it and answered, or why not. It says what it says, and leads
/// to no document: who reads it and may not read one that it cites learns no more of that than stands here. Nobody changes or
/// deletes it.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "query_log::Entity")]
pub struct QueryLog {
    /// Identity.
    pub id: Id,
    #[graphql(skip)]
    organization_id: Id,
    /// Identity of who asked.
    pub user_id: Option<Id>,
    /// The question.
    pub query_text: String,
    /// What search found for it, the best first: a list of `document_id` and `score`.
    pub retrieved_documents: Json,
    /// The answer; null where it was refused.
    pub answer: Option<String>,
    /// How sure the answer is, from 0 to 1.
    pub confidence_score: Option<f64>,
    /// Why there is no answer.
    pub refusal_reason: Option<String>,
    /// The passages that the answer cites: a list of `document_id` and `chunk_index`.
    pub sources: Json,
    /// How long the answer took, in milliseconds.
    pub response_time_ms: Option<i32>,
    /// When it was asked.
    pub created_at: DateTime<Utc>,
}

node!(QueryLog: query_log, QueryLogFilter, QueryLogOrder, needs QueriesRead);

filter! {
    /// Which questions.
    QueryLogFilter for QueryLog of query_log {
        /// By identity.
        id: IdFilter => Id,
        /// By who asked.
        user_id: IdFilter => UserId,
        /// By why there is no answer; `isNull: false` for all that were refused.
        refusal_reason: StringFilter => RefusalReason,
        /// By when it was asked.
        created_at: DateTimeFilter => CreatedAt,
    } one {
        /// By who asked.
        user: UserFilter => UserId,
    }
}

order! {
    /// By what questions are put in order.
    QueryLogOrder, QueryLogOrderField for QueryLog of query_log, usually CreatedAt Desc {
        /// By when they were asked.
        CreatedAt = created_at: DateTime<Utc>,
    }
}

relations! {
    QueryLog one {
        /// The organization it was asked in. Needs organization:read.
        organization: Organization by organization_id,
    } maybe {
        /// Who asked; null where they are gone. Needs organization:read.
        user: User by user_id,
    }
}

roots! {
    /// Reads of the log of questions.
    QueryLogQueries: QueryLog {
        many
        /// What the caller asked, the latest first; admins see what everybody asked. Needs queries:read.
        query_logs,
    }
}
