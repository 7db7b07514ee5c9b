//! An operator's transaction inside one organization: the owner of the tables stands before the same wall as everybody.

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, TransactionTrait};
use uuid::Uuid;

/// Begins a transaction whose tenant is the organization.
pub(super) async fn begin(
    owner: &DatabaseConnection,
    organization: Uuid,
) -> Result<DatabaseTransaction, DbErr> {
    let transaction = owner.begin().await?;
    transaction
        .execute_unprepared(&format!("SET LOCAL app.organization_id = '{organization}'"))
        .await?;
    Ok(transaction)
}
