//! Logging a question with what was found for it and answered.

use async_graphql::{Context, InputObject, Object};
use entity::knowledge::query_log;
use sea_orm::ActiveValue::Set;
use serde_json::{Value, json};

use super::{Document, QueryLog};
use crate::core::{Faults, Id, Permission, Refusal, Result, Session, UserError};
use crate::payload;

/// More documents, and more passages, are not noted of one question.
const MOST_NOTED: usize = 100;

/// A document that search found.
#[derive(InputObject, Clone, Debug)]
pub struct RetrievedDocumentInput {
    /// The document.
    document_id: Id,
    /// How well it fits, as search said.
    score: Option<f64>,
}

/// A passage that the answer cites.
#[derive(InputObject, Clone, Debug)]
pub struct QuerySourceInput {
    /// The document.
    document_id: Id,
    /// The place of the passage in it, from 0.
    chunk_index: Option<i32>,
}

/// A question, and what came of it.
#[derive(InputObject, Clone, Debug)]
pub struct LogQueryInput {
    /// The question, 1 to 10,000 characters.
    query_text: String,
    /// What search found for it, the best first; at most 100.
    #[graphql(default)]
    retrieved_documents: Vec<RetrievedDocumentInput>,
    /// The answer, at most 100,000 characters; not together with a reason why there is none.
    answer: Option<String>,
    /// How sure the answer is, from 0 to 1.
    confidence_score: Option<f64>,
    /// Why there is no answer, at most 10,000 characters.
    refusal_reason: Option<String>,
    /// The passages that the answer cites, at most 100.
    #[graphql(default)]
    sources: Vec<QuerySourceInput>,
    /// How long it took, in milliseconds.
    response_time_ms: Option<i32>,
}

payload! {
    /// What logQuery did.
    LogQueryPayload {
        /// The entry of the log.
        query_log: QueryLog
    }
}

/// Logging questions.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogQuery;

/// Logging questions.
#[Object]
impl LogQuery {
    /// Notes for good what the caller asked of documents that they may read (documents:read), and what was answered or why nothing was.
    /// Needs queries:record.
    async fn log_query(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: LogQueryInput,
    ) -> Result<LogQueryPayload> {
        let session = Session::of(context)?;
        session.settle(log(session, input).await).await
    }
}

async fn log(session: &Session, input: LogQueryInput) -> Result<QueryLog, Refusal> {
    let LogQueryInput {
        query_text,
        retrieved_documents,
        answer,
        confidence_score,
        refusal_reason,
        sources,
        response_time_ms,
    } = input;
    let mut transaction = session.begin(Permission::QueriesRecord).await?;
    let mut faults = Faults::default();
    faults.length(&["queryText"], &query_text, 1, 10_000);
    if let Some(answer) = &answer {
        faults.length(&["answer"], answer, 1, 100_000);
    }
    if let Some(reason) = &refusal_reason {
        faults.length(&["refusalReason"], reason, 1, 10_000);
    }
    faults.check(
        answer.is_none() || refusal_reason.is_none(),
        &["refusalReason"],
        "there is an answer: it was not refused",
    );
    faults.check(
        confidence_score.is_none_or(|score| (0.0..=1.0).contains(&score)),
        &["confidenceScore"],
        "this is a number from 0 to 1",
    );
    faults.check(
        response_time_ms.is_none_or(|time| time >= 0),
        &["responseTimeMs"],
        "this must not be negative",
    );
    let retrieved: Vec<Id> = retrieved_documents
        .iter()
        .map(|one| one.document_id)
        .collect();
    let cited: Vec<Id> = sources.iter().map(|one| one.document_id).collect();
    check_documents(
        session,
        &mut faults,
        &[("retrievedDocuments", &retrieved), ("sources", &cited)],
    )
    .await?;
    for (index, source) in sources.iter().enumerate() {
        faults.check(
            source.chunk_index.is_none_or(|place| place >= 0),
            &["sources", &index.to_string(), "chunkIndex"],
            "this must not be negative",
        );
    }
    faults.settle()?;
    let retrieved = retrieved_documents.into_iter().map(|one| {
        let RetrievedDocumentInput { document_id, score } = one;
        json!({ "document_id": document_id, "score": score })
    });
    let sources = sources.into_iter().map(|one| {
        let QuerySourceInput {
            document_id,
            chunk_index,
        } = one;
        json!({ "document_id": document_id, "chunk_index": chunk_index })
    });
    let row = query_log::ActiveModel {
        user_id: Set(Some(session.actor().user)),
        query_text: Set(query_text),
        retrieved_documents: Set(Value::Array(retrieved.collect())),
        answer: Set(answer),
        confidence_score: Set(confidence_score),
        refusal_reason: Set(refusal_reason),
        sources: Set(Value::Array(sources.collect())),
        response_time_ms: Set(response_time_ms),
        ..Default::default()
    };
    let entry = transaction.insert_one(row).await?;
    transaction.commit().await?;
    Ok(entry)
}

/// That all of them are such as the caller may read, in one statement.
async fn check_documents(
    session: &Session,
    faults: &mut Faults,
    lists: &[(&str, &[Id])],
) -> Result<()> {
    for (field, ids) in lists {
        faults.check(
            ids.len() <= MOST_NOTED,
            &[field],
            &format!("this has at most {MOST_NOTED} items"),
        );
    }
    let all = lists.iter().flat_map(|(_, ids)| ids.iter().copied());
    let wanted: Vec<Id> = all.take(2 * MOST_NOTED).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let documents = session.many::<Document>(wanted).await?;
    for (field, ids) in lists {
        for (index, id) in ids.iter().enumerate().take(MOST_NOTED) {
            if !documents.contains_key(id) {
                let index = index.to_string();
                let path = [*field, &index, "documentId"];
                faults.add(UserError::not_found(&path, "document"));
            }
        }
    }
    Ok(())
}
