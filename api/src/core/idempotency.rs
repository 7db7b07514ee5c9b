//! A request that carries an `Idempotency-Key` is carried out once. The key is claimed inside the transaction of the first
//! mutation that lasts, so that the change and the claim are there together or not at all; the answer is kept afterwards.

use std::sync::{Mutex, PoisonError};

use sea_orm::sea_query::Values;

use super::error::{Error, Result};
use super::{Id, Session};

/// Bytes of the longest answer that is kept; the claim of a longer one stays without.
const LONGEST_ANSWER: usize = 1 << 20;

/// A client's key, and what it stands for.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    /// As the client sent it: 1 to 255 characters.
    pub key: String,
    /// SHA-256 of all that was asked for, in hexadecimal digits.
    pub request_hash: String,
}

/// What became of the key before.
#[derive(Clone, Debug)]
pub enum Earlier {
    /// The same request was carried out and answered with this body.
    Answered(String),
    /// The same request was carried out a moment ago; its answer may still come.
    Recent,
    /// The same request was carried out, and its answer was never kept.
    Lost,
    /// The key stands for another request.
    Other,
}

/// How far a session is with its claim.
#[derive(Debug, Default)]
pub(super) struct Claim(Mutex<State>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    /// Written in the transaction under way.
    Written,
    /// Committed, with the first mutation that was.
    Lasting,
    /// Another request was quicker.
    Taken,
}

impl Claim {
    fn state(&self) -> State {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, state: State) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// The transaction under way was committed.
    pub(super) fn committed(&self) {
        if self.state() == State::Written {
            self.set(State::Lasting);
        }
    }
}

impl Session {
    /// What became of the request's key before; none where it has no key, or one that is new or expired.
    pub async fn earlier(&self) -> Result<Option<Earlier>> {
        let Some(key) = &self.request().idempotency_key else {
            return Ok(None);
        };
        // What another request did by now is not in a snapshot that was taken before.
        self.roll_back().await?;
        let rows = self
            .rows_of(
                "SELECT request_hash, answer, expires_at > now() + interval '24 hours' - make_interval(secs => $4) AS recent \
                 FROM idempotency_keys WHERE organization_id = $1 AND user_id = $2 AND key = $3 AND expires_at > now()"
                    .to_owned(),
                Values(vec![
                    self.actor().organization.into(),
                    self.actor().user.into(),
                    key.key.clone().into(),
                    self.request().time_limit.as_secs_f64().into(),
                ]),
            )
            .await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let hash: String = row.try_get("", "request_hash")?;
        let answer: Option<String> = row.try_get("", "answer")?;
        Ok(Some(if hash != key.request_hash {
            Earlier::Other
        } else if let Some(body) = answer {
            Earlier::Answered(body)
        } else if row.try_get("", "recent")? {
            Earlier::Recent
        } else {
            Earlier::Lost
        }))
    }

    /// Whether a mutation stopped because another request with the key was quicker. Nothing was changed then.
    pub fn was_overtaken(&self) -> bool {
        self.claim().state() == State::Taken
    }

    /// Keeps the answer for who asks again with the key, where something was changed under it.
    pub async fn keep_answer(&self, body: &str) -> Result<()> {
        let Some(key) = &self.request().idempotency_key else {
            return Ok(());
        };
        if self.claim().state() != State::Lasting || body.len() > LONGEST_ANSWER {
            return Ok(());
        }
        self.begin_writing().await?;
        self.rows_of(
            "WITH swept AS (DELETE FROM idempotency_keys WHERE (organization_id, id) IN ( \
               SELECT organization_id, id FROM idempotency_keys \
               WHERE organization_id = $1 AND user_id = $2 AND expires_at <= now() LIMIT 1000 FOR UPDATE SKIP LOCKED)) \
             UPDATE idempotency_keys SET answer = $4 WHERE organization_id = $1 AND user_id = $2 AND key = $3"
                .to_owned(),
            Values(vec![
                self.actor().organization.into(),
                self.actor().user.into(),
                key.key.clone().into(),
                body.into(),
            ]),
        )
        .await?;
        self.commit().await
    }

    /// Claims the key in the transaction that just began, if no earlier one of this request did. Does not wait for another
    /// request that is at it: retries that pile up would take all connections. The lock is for that alone; that there is one
    /// claim is the unique key's doing.
    pub(super) async fn claim_key(&self) -> Result<()> {
        let Some(key) = &self.request().idempotency_key else {
            return Ok(());
        };
        match self.claim().state() {
            State::Lasting => return Ok(()),
            State::Taken => return Err(Error::Overtaken),
            State::Open | State::Written => {}
        }
        let claimed = self
            .rows_of(
                "INSERT INTO idempotency_keys AS claim (id, organization_id, user_id, key, request_hash, expires_at) \
                 SELECT $1, $2, $3, $4, $5, now() + interval '24 hours' \
                 WHERE pg_try_advisory_xact_lock(hashtextextended(concat_ws(' ', $2, $3, $4), 0)) \
                 ON CONFLICT (organization_id, user_id, key) DO UPDATE \
                   SET request_hash = excluded.request_hash, answer = NULL, expires_at = excluded.expires_at \
                   WHERE claim.expires_at <= now() \
                 RETURNING id"
                    .to_owned(),
                Values(vec![
                    Id::new().0.into(),
                    self.actor().organization.into(),
                    self.actor().user.into(),
                    key.key.clone().into(),
                    key.request_hash.clone().into(),
                ]),
            )
            .await?;
        if claimed.is_empty() {
            self.claim().set(State::Taken);
            return Err(Error::Overtaken);
        }
        self.claim().set(State::Written);
        Ok(())
    }
}
