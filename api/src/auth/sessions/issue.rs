//! Tokens for somebody whose account is locked in the transaction under way: a refresh token that is stored, and an access token of
//! the roles as they are.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::{Sessions, failed, refresh_token, rows};
use crate::auth::{Grant, Signer};
use crate::core::{Error, Id, NewSession, Refusal};

/// Whose session, and which.
pub(super) struct Family {
    pub(super) organization: Uuid,
    pub(super) user: Uuid,
    /// The sign-in from which it descends.
    pub(super) id: Uuid,
    /// When that was; none for now.
    pub(super) since: Option<DateTime<Utc>>,
}

impl Family {
    /// A session that begins.
    pub(super) fn begin(organization: Uuid, user: Uuid) -> Self {
        Self {
            organization,
            user,
            id: Id::new().0,
            since: None,
        }
    }
}

impl Sessions {
    /// The next tokens of a session. They are worth nothing before the transaction is committed.
    pub(super) async fn issue(
        &self,
        transaction: &DatabaseTransaction,
        signer: &Signer,
        family: &Family,
    ) -> Result<NewSession, Refusal> {
        let lifetimes = &self.0.lifetimes;
        let (version, roles) = standing(transaction, family).await?;
        let refresh_token = refresh_token::new()?;
        let hash = refresh_token::hash(&refresh_token)
            .ok_or_else(|| Error::internal("a refresh token that is none"))?;
        let stored = rows(
            transaction,
            "INSERT INTO refresh_tokens (id, organization_id, user_id, token_hash, family_id, signed_in_at, expires_at) \
             SELECT $1, $2, $3, $4, $5, since, least(now() + make_interval(secs => $7), since + make_interval(secs => $8)) \
             FROM coalesce($6, now()) AS since RETURNING expires_at",
            [
                Id::new().0.into(),
                family.organization.into(),
                family.user.into(),
                hash.into(),
                family.id.into(),
                family.since.into(),
                lifetimes.refresh.as_secs_f64().into(),
                lifetimes.whole.as_secs_f64().into(),
            ],
        )
        .await
        .map_err(failed)?;
        let refresh_expires_at = stored
            .first()
            .ok_or_else(|| Error::internal("a refresh token was not stored"))?
            .try_get("", "expires_at")
            .map_err(failed)?;
        let now = Utc::now();
        let grant = Grant {
            organization: family.organization,
            user: family.user,
            roles,
            version: Some(version),
        };
        let access_token = signer
            .sign(&grant, now, lifetimes.access)
            .map_err(Error::internal)?;
        let Grant { roles, .. } = grant;
        Ok(NewSession {
            access_token,
            expires_at: now + TimeDelta::from_std(lifetimes.access).map_err(Error::internal)?,
            refresh_token,
            refresh_expires_at,
            user: family.user,
            organization: family.organization,
            roles,
        })
    }
}

/// The version that their tokens have now, and their roles.
async fn standing(
    transaction: &DatabaseTransaction,
    family: &Family,
) -> Result<(i32, Vec<String>), Refusal> {
    let rows = rows(
        transaction,
        "SELECT person.token_version, ARRAY(SELECT role.name FROM user_roles given JOIN roles role ON role.id = given.role_id \
           WHERE given.organization_id = person.organization_id AND given.user_id = person.id ORDER BY role.name) AS roles \
         FROM users person WHERE person.organization_id = $1 AND person.id = $2",
        [family.organization.into(), family.user.into()],
    )
    .await
    .map_err(failed)?;
    let row = rows
        .first()
        .ok_or_else(|| Error::internal("a locked account is gone"))?;
    Ok((
        row.try_get("", "token_version").map_err(failed)?,
        row.try_get("", "roles").map_err(failed)?,
    ))
}
