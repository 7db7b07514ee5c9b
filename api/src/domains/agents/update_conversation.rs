//! Changes of conversations that are there already: what they are called, and the bin.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};
use chrono::{DateTime, Utc};
use entity::agents::conversation;

use super::Conversation;
use crate::core::{Faults, Id, Permission, Refusal, Result, Session, patch};
use crate::payload;

/// Another title for a conversation.
#[derive(InputObject, Clone, Debug)]
pub struct RenameConversationInput {
    /// Which conversation.
    id: Id,
    /// What it is called from now on, 1 to 255 characters; null takes the title away.
    title: MaybeUndefined<String>,
    /// What `updatedAt` was when the conversation was read; if it has changed since, also by what was said, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

/// Which conversation to put into the bin.
#[derive(InputObject, Clone, Debug)]
pub struct DeleteConversationInput {
    /// Which conversation.
    id: Id,
    /// What `updatedAt` was when the conversation was read; if it has changed since, also by what was said, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

/// Which conversation to take out of the bin.
#[derive(InputObject, Clone, Debug)]
pub struct RestoreConversationInput {
    /// Which conversation.
    id: Id,
}

payload! {
    /// What renameConversation did.
    RenameConversationPayload {
        /// The conversation as it is called now.
        conversation: Conversation
    }
}
payload! {
    /// What deleteConversation did.
    DeleteConversationPayload {
        /// The conversation as it lies in the bin.
        conversation: Conversation
    }
}
payload! {
    /// What restoreConversation did.
    RestoreConversationPayload {
        /// The conversation, back again.
        conversation: Conversation
    }
}

/// Changes of conversations.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConversationMutations;

/// Changes of conversations.
#[Object]
impl ConversationMutations {
    /// Gives a conversation of the caller's own another title; an admin does it for everybody's. Needs conversations:write.
    async fn rename_conversation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: RenameConversationInput,
    ) -> Result<RenameConversationPayload> {
        let session = Session::of(context)?;
        session.settle(rename(session, input).await).await
    }

    /// Puts a conversation of the caller's own into the bin, with all that was said: `restoreConversation` brings it back. An
    /// admin does it for everybody's. Needs conversations:write.
    async fn delete_conversation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: DeleteConversationInput,
    ) -> Result<DeleteConversationPayload> {
        let session = Session::of(context)?;
        session.settle(delete(session, input).await).await
    }

    /// Takes a conversation of the caller's own out of the bin; an admin does it for everybody's. Needs conversations:write.
    async fn restore_conversation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: RestoreConversationInput,
    ) -> Result<RestoreConversationPayload> {
        let session = Session::of(context)?;
        session.settle(restore(session, input).await).await
    }
}

async fn rename(
    session: &Session,
    input: RenameConversationInput,
) -> Result<Conversation, Refusal> {
    let RenameConversationInput {
        id,
        title,
        if_unchanged_since,
    } = input;
    let mut transaction = session.begin(Permission::ConversationsWrite).await?;
    let mut faults = Faults::default();
    if let MaybeUndefined::Value(title) = &title {
        faults.length(&["title"], title, 1, 255);
    }
    faults.settle()?;
    let changes = conversation::ActiveModel {
        title: patch(title),
        ..Default::default()
    };
    let conversation = transaction
        .update("rename", id, changes, if_unchanged_since)
        .await?;
    transaction.commit().await?;
    Ok(conversation)
}

async fn delete(
    session: &Session,
    input: DeleteConversationInput,
) -> Result<Conversation, Refusal> {
    let DeleteConversationInput {
        id,
        if_unchanged_since,
    } = input;
    let mut transaction = session.begin(Permission::ConversationsWrite).await?;
    let conversation = transaction.delete(id, if_unchanged_since).await?;
    transaction.commit().await?;
    Ok(conversation)
}

async fn restore(
    session: &Session,
    input: RestoreConversationInput,
) -> Result<Conversation, Refusal> {
    let RestoreConversationInput { id } = input;
    let mut transaction = session.begin(Permission::ConversationsWrite).await?;
    let conversation = transaction.restore(id).await?;
    transaction.commit().await?;
    Ok(conversation)
}
