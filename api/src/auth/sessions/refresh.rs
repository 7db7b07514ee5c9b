//! Refreshing: a token is exchanged for the next of its family, once. Who comes with one that was exchanged before has stolen it, or
//! comes after a thief: nobody can tell which, so the family ends (RFC 9700, 4.14.2).
//!
//! But two tabs of a browser that share a token may send it at the same moment, and a client may send it again when it got no
//! answer. For a few seconds a used token therefore ends nothing, if it comes from where it was used; it is worth nothing either:
//! whoever is told of the conflict takes the newer token if they have it, and signs in again if they do not.

use chrono::{DateTime, Utc};
use sea_orm::{DatabaseTransaction, DbErr, FromQueryResult};
use serde_json::json;
use uuid::Uuid;

use super::account;
use super::issue::Family;
use super::trail::{self, Entry};
use super::{Sessions, execute, failed, refresh_token, rows};
use crate::auth::throttle;
use crate::core::{NewSession, Origin, Refusal, UserError, UserErrorCode};

/// Seconds in which a used token is taken for a hasty one.
const HASTE: f64 = 10.0;

/// Where a token leads.
#[derive(FromQueryResult)]
pub(super) struct Place {
    pub(super) organization_id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) id: Uuid,
}

/// The token as it is under the lock of its account.
#[derive(FromQueryResult)]
struct Held {
    family_id: Uuid,
    signed_in_at: DateTime<Utc>,
    is_over: bool,
    was_used: bool,
    was_used_in_haste: bool,
}

impl Sessions {
    pub(super) async fn refresh_session(
        &self,
        origin: &Origin,
        token: &str,
    ) -> Result<NewSession, Refusal> {
        let signer = self.signer()?;
        let place = self.place(token).await?.ok_or_else(over)?;
        let transaction = self.begin(place.organization_id).await?;
        let account = account::lock(&transaction, place.organization_id, place.user_id)
            .await
            .map_err(failed)?;
        let from = throttle::network_hash(origin.address);
        let held = held(&transaction, &place, &from).await.map_err(failed)?;
        let (Some(account), Some(held)) = (account, held) else {
            return Err(over());
        };
        if held.is_over || !account.is_active {
            return Err(over());
        }
        if held.was_used_in_haste {
            return Err(UserError::new(
                UserErrorCode::Conflict,
                &["refreshToken"],
                "this was exchanged a moment ago: go on with what was answered then, or sign in again",
            )
            .into());
        }
        if held.was_used {
            end_stolen(&transaction, origin, &place, &held)
                .await
                .map_err(failed)?;
            transaction.commit().await.map_err(failed)?;
            return Err(over());
        }
        execute(
            &transaction,
            "UPDATE refresh_tokens SET used_at = now(), used_from = $3 WHERE organization_id = $1 AND id = $2",
            [place.organization_id.into(), place.id.into(), from.into()],
        )
        .await
        .map_err(failed)?;
        let family = Family {
            organization: place.organization_id,
            user: place.user_id,
            id: held.family_id,
            since: Some(held.signed_in_at),
        };
        let session = self.issue(&transaction, signer, &family).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(session)
    }

    /// Whose token it is; none of what is no token, or was swept long ago.
    pub(super) async fn place(&self, token: &str) -> Result<Option<Place>, Refusal> {
        let Some(hash) = refresh_token::hash(token) else {
            return Ok(None);
        };
        let rows = rows(
            self.keeper(),
            "SELECT organization_id, user_id, id FROM refresh_tokens WHERE token_hash = $1",
            [hash.into()],
        )
        .await
        .map_err(failed)?;
        rows.first()
            .map(|row| Place::from_query_result(row, ""))
            .transpose()
            .map_err(failed)
    }
}

async fn held(
    transaction: &DatabaseTransaction,
    place: &Place,
    from: &str,
) -> Result<Option<Held>, DbErr> {
    let rows = rows(
        transaction,
        "SELECT family_id, signed_in_at, revoked_at IS NOT NULL OR expires_at <= now() AS is_over, used_at IS NOT NULL AS was_used, \
           coalesce(used_at > clock_timestamp() - make_interval(secs => $3) AND used_from = $4, false) AS was_used_in_haste \
         FROM refresh_tokens WHERE organization_id = $1 AND id = $2",
        [
            place.organization_id.into(),
            place.id.into(),
            HASTE.into(),
            from.into(),
        ],
    )
    .await?;
    rows.first()
        .map(|row| Held::from_query_result(row, ""))
        .transpose()
}

/// Nobody goes on with this session, and the access tokens of its user are worth nothing any more: one of them may be a thief's.
async fn end_stolen(
    transaction: &DatabaseTransaction,
    origin: &Origin,
    place: &Place,
    held: &Held,
) -> Result<(), DbErr> {
    execute(
        transaction,
        "UPDATE refresh_tokens SET revoked_at = now() WHERE organization_id = $1 AND family_id = $2 AND revoked_at IS NULL AND expires_at > now()",
        [place.organization_id.into(), held.family_id.into()],
    )
    .await?;
    end_access_tokens(transaction, place).await?;
    let entry = Entry {
        action: "session.reuse",
        // Whoever it was, they may not be whose session it is.
        actor: None,
        organization: place.organization_id,
        resource: held.family_id,
        details: json!({ "user": place.user_id }),
    };
    trail::tell(transaction, origin, entry).await
}

/// Makes the access tokens of a session's user worthless.
pub(super) async fn end_access_tokens(
    transaction: &DatabaseTransaction,
    place: &Place,
) -> Result<(), DbErr> {
    execute(
        transaction,
        "UPDATE users SET token_version = token_version + 1 WHERE organization_id = $1 AND id = $2",
        [place.organization_id.into(), place.user_id.into()],
    )
    .await
    .map(drop)
}

fn over() -> Refusal {
    UserError::new(
        UserErrorCode::Invalid,
        &["refreshToken"],
        "this session is over: sign in again",
    )
    .into()
}
