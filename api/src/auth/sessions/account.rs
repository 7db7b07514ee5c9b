//! Accounts as sessions need them: found by what somebody typed or has, and locked, so that of two things that happen to one
//! person's sessions at the same moment one comes after the other.

use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr, FromQueryResult};
use uuid::Uuid;

use super::rows;

/// Somebody's account.
#[derive(FromQueryResult)]
pub(super) struct Account {
    pub(super) organization_id: Uuid,
    pub(super) id: Uuid,
    pub(super) password_hash: Option<String>,
    /// Whether there is nothing that keeps them from signing in.
    pub(super) is_active: bool,
}

const COLUMNS: &str = "person.organization_id, person.id, person.password_hash";

/// By address in any case, or by username. Whose address it is comes first: a username may be anything.
pub(super) async fn find(
    keeper: &DatabaseConnection,
    login: &str,
) -> Result<Option<Account>, DbErr> {
    // Whether the organization is active is seen inside of it, once it is known.
    let sql = format!(
        "SELECT {COLUMNS}, person.is_active AND person.deleted_at IS NULL AS is_active FROM users person \
         WHERE lower(person.email) = lower($1) OR person.username = $1 \
         ORDER BY lower(person.email) = lower($1) DESC LIMIT 1"
    );
    first(&rows(keeper, &sql, [login.into()]).await?)
}

/// Within its organization's transaction, until its end.
pub(super) async fn lock(
    transaction: &DatabaseTransaction,
    organization: Uuid,
    user: Uuid,
) -> Result<Option<Account>, DbErr> {
    let sql = format!(
        "SELECT {COLUMNS}, person.is_active AND person.deleted_at IS NULL \
           AND organization.is_active AND organization.deleted_at IS NULL AS is_active \
         FROM users person JOIN organizations organization ON organization.id = person.organization_id \
         WHERE person.organization_id = $1 AND person.id = $2 FOR NO KEY UPDATE OF person"
    );
    first(&rows(transaction, &sql, [organization.into(), user.into()]).await?)
}

/// The same without waiting for anybody.
pub(super) async fn read(
    transaction: &DatabaseTransaction,
    organization: Uuid,
    user: Uuid,
) -> Result<Option<Account>, DbErr> {
    let sql = format!(
        "SELECT {COLUMNS}, person.is_active AND person.deleted_at IS NULL AS is_active FROM users person \
         WHERE person.organization_id = $1 AND person.id = $2"
    );
    first(&rows(transaction, &sql, [organization.into(), user.into()]).await?)
}

fn first(rows: &[sea_orm::QueryResult]) -> Result<Option<Account>, DbErr> {
    rows.first()
        .map(|row| Account::from_query_result(row, ""))
        .transpose()
}
