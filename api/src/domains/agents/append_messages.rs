//! What is said in a conversation: up to 1,000 messages at once, all of them or none, in one statement. The database gives them
//! their places: a batch stands together, after all that was said before.

use async_graphql::{Context, InputObject, Object};
use entity::agents::message::{self, MessageRole};
use sea_orm::ActiveValue::Set;
use serde_json::{Value, json};

use super::{Conversation, Message};
use crate::core::{
    Changes, Faults, Id, MOST_AT_ONCE, Permission, Refusal, Result, Session, Under, UserError,
};
use crate::payload;

/// Something that is said.
#[derive(InputObject, Clone, Debug)]
pub struct AppendedMessageInput {
    /// Who speaks.
    role: MessageRole,
    /// What is said; at most 100,000 characters, and none where the agent only calls tools.
    content: String,
    /// What it cost in tokens; not negative.
    tokens_used: Option<i32>,
    /// Why the model stopped, as stop, length or tool_calls; 1 to 50 characters.
    finish_reason: Option<String>,
}

/// What is said in a conversation.
#[derive(InputObject, Clone, Debug)]
pub struct AppendMessagesInput {
    /// Which conversation.
    conversation_id: Id,
    /// What is said, 1 to 1,000 messages, in this order.
    messages: Vec<AppendedMessageInput>,
}

payload! {
    /// What appendMessages did.
    AppendMessagesPayload {
        /// The messages, in the order of the input.
        messages: Vec<Message>
    }
}

/// Saying something.
#[derive(Clone, Copy, Debug, Default)]
pub struct AppendMessages;

/// Saying something.
#[Object]
impl AppendMessages {
    /// Adds to a conversation of the caller's own (an admin adds to everybody's) what was said, all or nothing
    /// (conversations:read). However many write at the same moment, what one call adds stands together. Needs conversations:write.
    async fn append_messages(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: AppendMessagesInput,
    ) -> Result<AppendMessagesPayload> {
        let session = Session::of(context)?;
        session.settle(append(session, input).await).await
    }
}

async fn append(session: &Session, input: AppendMessagesInput) -> Result<Vec<Message>, Refusal> {
    let AppendMessagesInput {
        conversation_id,
        messages,
    } = input;
    let mut transaction = session.begin(Permission::ConversationsWrite).await?;
    let mut faults = Faults::default();
    check_messages(&mut faults, &messages, 1);
    if !faults.is_empty() {
        check_conversation(session, &mut faults, conversation_id).await?;
    }
    faults.settle()?;
    let added = transaction.add(rows_of(conversation_id, messages), &under())?;
    match transaction.commit().await {
        Ok(written) => Ok(written.rows(added)?),
        Err(refusal @ Refusal::User(_)) => {
            // Where it was for a conversation that is not there, at its path.
            let mut faults = Faults::default();
            check_conversation(session, &mut faults, conversation_id).await?;
            faults.settle()?;
            Err(refusal)
        }
        Err(refusal) => Err(refusal),
    }
}

async fn check_conversation(session: &Session, faults: &mut Faults, id: Id) -> Result<()> {
    if session.one::<Conversation>(id).await?.is_none() {
        faults.add(UserError::not_found(&["conversationId"], "conversation"));
    }
    Ok(())
}

/// Messages take the project and the person from their conversation.
pub(super) fn under() -> Under {
    Under::of::<Conversation, _>(
        message::Column::ConversationId,
        &[message::Column::ProjectId, message::Column::UserId],
    )
}

/// The rows, each with what the trail has of it: not what was said, which is nobody else's.
pub(super) fn rows_of(
    conversation: Id,
    messages: Vec<AppendedMessageInput>,
) -> Vec<(Changes<Message>, Value)> {
    let row = |message| {
        let AppendedMessageInput {
            role,
            content,
            tokens_used,
            finish_reason,
        } = message;
        let told =
            json!({ "conversation_id": conversation, "role": role, "tokens_used": tokens_used });
        let row = message::ActiveModel {
            conversation_id: Set(conversation.0),
            role: Set(role),
            content: Set(content),
            tokens_used: Set(tokens_used),
            finish_reason: Set(finish_reason),
            ..Default::default()
        };
        (row, told)
    };
    messages.into_iter().map(row).collect()
}

/// What holds for messages, of which there are at least so many.
pub(super) fn check_messages(
    faults: &mut Faults,
    messages: &[AppendedMessageInput],
    fewest: usize,
) {
    if !(fewest..=MOST_AT_ONCE).contains(&messages.len()) {
        let message = format!(
            "this has {fewest} to {MOST_AT_ONCE} items, not {}",
            messages.len()
        );
        faults.check(false, &["messages"], &message);
        return;
    }
    for (index, message) in messages.iter().enumerate() {
        let index = index.to_string();
        let at = |field: &'static str| ["messages", index.as_str(), field];
        faults.length(&at("content"), &message.content, 0, 100_000);
        faults.check(
            message.tokens_used.is_none_or(|tokens| tokens >= 0),
            &at("tokensUsed"),
            "this must not be negative",
        );
        if let Some(reason) = &message.finish_reason {
            faults.length(&at("finishReason"), reason, 1, 50);
        }
    }
}
