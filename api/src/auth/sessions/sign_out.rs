//! Signing out: the session of a token ends, or all of its user.

use sea_orm::{DatabaseTransaction, DbErr};
use serde_json::json;
use uuid::Uuid;

use super::account;
use super::refresh::{Place, end_access_tokens};
use super::trail::{self, Entry};
use super::{Sessions, failed, rows};
use crate::core::{Origin, Refusal};

impl Sessions {
    pub(super) async fn end_session(
        &self,
        origin: &Origin,
        token: &str,
        everywhere: bool,
    ) -> Result<u64, Refusal> {
        let Some(place) = self.place(token).await? else {
            return Ok(0);
        };
        let transaction = self.begin(place.organization_id).await?;
        let ended = async {
            account::lock(&transaction, place.organization_id, place.user_id).await?;
            let Some(family) = family(&transaction, &place).await? else {
                return Ok(0);
            };
            let ended = end(&transaction, &place, (!everywhere).then_some(family)).await?;
            if everywhere {
                end_access_tokens(&transaction, &place).await?;
            }
            let entry = Entry {
                action: "session.sign_out",
                actor: Some(place.user_id),
                organization: place.organization_id,
                resource: family,
                details: json!({ "everywhere": everywhere, "sessions": ended }),
            };
            trail::tell(&transaction, origin, entry).await?;
            Ok::<_, DbErr>(ended)
        };
        let ended = ended.await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(ended)
    }
}

/// The family of a token that is still worth something: one that was used, stolen or ended long ago ends nothing of anybody's.
async fn family(transaction: &DatabaseTransaction, place: &Place) -> Result<Option<Uuid>, DbErr> {
    rows(
        transaction,
        "SELECT family_id FROM refresh_tokens \
         WHERE organization_id = $1 AND id = $2 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > now()",
        [place.organization_id.into(), place.id.into()],
    )
    .await?
    .first()
    .map(|row| row.try_get("", "family_id"))
    .transpose()
}

/// Ends one family of a user, or all; answers with how many were still going on.
async fn end(
    transaction: &DatabaseTransaction,
    place: &Place,
    family: Option<Uuid>,
) -> Result<u64, DbErr> {
    let rows = rows(
        transaction,
        "WITH ended AS (UPDATE refresh_tokens SET revoked_at = now() \
           WHERE organization_id = $1 AND user_id = $2 AND ($3 IS NULL OR family_id = $3) AND revoked_at IS NULL AND expires_at > now() \
           RETURNING family_id, used_at) \
         SELECT count(DISTINCT family_id) FILTER (WHERE used_at IS NULL) AS sessions FROM ended",
        [
            place.organization_id.into(),
            place.user_id.into(),
            family.into(),
        ],
    )
    .await?;
    let ended: i64 = match rows.first() {
        Some(row) => row.try_get("", "sessions")?,
        None => 0,
    };
    Ok(ended.unsigned_abs())
}
