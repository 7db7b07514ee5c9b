//! Sessions: who may begin one, and how it goes on and ends. All of it is done as `session_keeper`, the one role of the gateway
//! that may look at a password's hash; callers' own roles have nothing to do with it.

mod account;
mod change_password;
mod issue;
mod refresh;
mod refresh_token;
mod sign_in;
mod sign_out;
mod trail;

use std::sync::Arc;

use futures::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, Statement, Value};
use sea_orm::{QueryResult, TransactionTrait};
use uuid::Uuid;

use super::hashing::Hashing;
use super::password::{check_new, hash_new};
use super::{Signer, TokenError, throttle};
use crate::core::{Actor, Error, NewSession, Origin, Refusal, SessionKeeper};
use crate::core::{UserError, UserErrorCode};
use crate::database::{DatabaseRole, GatewayPools};
use crate::settings::{SessionSettings, Settings};

/// Under this name the log has of each password by which kind of hash it was checked, and nothing else of it.
pub const PASSWORDS: &str = "fieldgraph::passwords";

/// Keeps the sessions of all people. One for the whole process; clones are the same one.
#[derive(Clone)]
pub struct Sessions(Arc<Parts>);

struct Parts {
    pools: GatewayPools,
    /// None where an identity provider signs: nobody signs in here then.
    signer: Option<Signer>,
    issuer: String,
    hashing: Hashing,
    lifetimes: SessionSettings,
}

impl Sessions {
    /// Asks nothing of the database yet.
    pub fn new(settings: &Settings, pools: GatewayPools) -> Result<Self, TokenError> {
        let signer = match Signer::new(settings) {
            Err(TokenError::SignedElsewhere) => None,
            signer => Some(signer?),
        };
        Ok(Self(Arc::new(Parts {
            pools,
            signer,
            issuer: settings.tokens.issuer.clone(),
            hashing: Hashing::new(),
            lifetimes: settings.sessions,
        })))
    }

    /// Deletes what is worth nothing any more: tokens and attempts that are over.
    pub async fn sweep(&self) {
        let keeper = self.keeper();
        let swept = async {
            keeper
                .execute_unprepared("DELETE FROM refresh_tokens WHERE expires_at <= now()")
                .await?;
            throttle::sweep(keeper).await
        };
        if let Err(error) = swept.await {
            tracing::warn!(%error, "expired sessions could not be swept");
        }
    }

    fn keeper(&self) -> &DatabaseConnection {
        self.0.pools.of(DatabaseRole::Keeper)
    }

    /// A transaction in an organization: from here on its rows can be written, and no other's.
    async fn begin(&self, organization: Uuid) -> Result<DatabaseTransaction, Error> {
        let begun = async {
            let transaction = self.keeper().begin().await?;
            rows(
                &transaction,
                "SELECT set_config('app.organization_id', $1, true)",
                [organization.to_string().into()],
            )
            .await?;
            Ok(transaction)
        };
        begun.await.map_err(|error| Error::of_own_statement(&error))
    }

    /// Who signs; where that is somebody else, a sentence that says who.
    fn signer(&self) -> Result<&Signer, Refusal> {
        self.0.signer.as_ref().ok_or_else(|| {
            UserError::new(
                UserErrorCode::State,
                &[],
                format!(
                    "people sign in with the identity provider {}, not here",
                    self.0.issuer
                ),
            )
            .into()
        })
    }
}

async fn rows<C: ConnectionTrait>(
    connection: &C,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<QueryResult>, DbErr> {
    connection
        .query_all_raw(Statement::from_sql_and_values(
            connection.get_database_backend(),
            sql,
            values,
        ))
        .await
}

async fn execute<C: ConnectionTrait>(
    connection: &C,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64, DbErr> {
    connection
        .execute_raw(Statement::from_sql_and_values(
            connection.get_database_backend(),
            sql,
            values,
        ))
        .await
        .map(|done| done.rows_affected())
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands on")]
fn failed(error: DbErr) -> Refusal {
    Error::of_own_statement(&error).into()
}

impl SessionKeeper for Sessions {
    fn password_fault(&self, password: &str) -> Option<String> {
        check_new(password).err().map(|fault| fault.to_string())
    }

    fn hash_password(&self, password: String) -> BoxFuture<'_, Result<String, Error>> {
        let hashing = self.0.hashing.run(move || hash_new(&password));
        Box::pin(async move { hashing.await?.map_err(Error::internal) })
    }

    fn sign_in<'a>(
        &'a self,
        origin: &'a Origin,
        login: &'a str,
        password: String,
    ) -> BoxFuture<'a, Result<NewSession, Refusal>> {
        Box::pin(self.begin_session(origin, login, password))
    }

    fn refresh<'a>(
        &'a self,
        origin: &'a Origin,
        refresh_token: &'a str,
    ) -> BoxFuture<'a, Result<NewSession, Refusal>> {
        Box::pin(self.refresh_session(origin, refresh_token))
    }

    fn sign_out<'a>(
        &'a self,
        origin: &'a Origin,
        refresh_token: &'a str,
        everywhere: bool,
    ) -> BoxFuture<'a, Result<u64, Refusal>> {
        Box::pin(self.end_session(origin, refresh_token, everywhere))
    }

    fn change_password<'a>(
        &'a self,
        origin: &'a Origin,
        actor: &'a Actor,
        current: String,
        new: String,
    ) -> BoxFuture<'a, Result<NewSession, Refusal>> {
        Box::pin(self.replace_password(origin, actor, current, new))
    }
}
