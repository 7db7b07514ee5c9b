//! Signing in: a login and a password become a session. Whatever is wrong, the answer is the same and the work is the same, so that
//! nobody learns who has an account here; the trail of the account's organization has the reason.

use sea_orm::DatabaseTransaction;
use serde_json::json;

use super::account::{self, Account};
use super::issue::Family;
use super::trail::{self, Entry};
use super::{PASSWORDS, Sessions, execute, failed};
use crate::auth::password::{self, Kind};
use crate::auth::{Signer, throttle};
use crate::core::{Error, Faults, NewSession, Origin, Refusal, UserError, UserErrorCode};

/// More than any address or username has.
const LONGEST_LOGIN: usize = 255;

impl Sessions {
    pub(super) async fn begin_session(
        &self,
        origin: &Origin,
        login: &str,
        password: String,
    ) -> Result<NewSession, Refusal> {
        let signer = self.signer()?;
        let login = login.trim();
        let mut faults = Faults::default();
        faults.check(
            (1..=LONGEST_LOGIN).contains(&login.chars().count()) && !login.contains('\0'),
            &["login"],
            "this is empty or too long",
        );
        check_length(&mut faults, &password, "password");
        faults.settle()?;

        let subjects = throttle::Subjects::of_login(login, origin.address);
        throttle::reserve(self.keeper(), &subjects).await?;
        let account = account::find(self.keeper(), login).await.map_err(failed)?;
        let hash = account
            .as_ref()
            .and_then(|account| account.password_hash.clone());
        let Checked {
            is_right,
            better_hash,
        } = match self.check(password, hash).await {
            Ok(checked) => checked,
            Err(busy) => {
                throttle::was_none(self.keeper(), &subjects).await;
                return Err(busy.into());
            }
        };
        let Some(account) = account else {
            return Err(refused());
        };
        let begun = match (is_right, account.is_active) {
            (true, true) => {
                self.begin_for(origin, signer, &account, better_hash)
                    .await?
            }
            _ => None,
        };
        let Some(session) = begun else {
            self.tell_refused(origin, &account, is_right);
            return Err(refused());
        };
        throttle::succeeded(self.keeper(), &subjects).await;
        Ok(session)
    }

    /// Begins it, if the account still is what it was when the password was checked.
    async fn begin_for(
        &self,
        origin: &Origin,
        signer: &Signer,
        account: &Account,
        better_hash: Option<String>,
    ) -> Result<Option<NewSession>, Refusal> {
        let transaction = self.begin(account.organization_id).await?;
        let locked = account::lock(&transaction, account.organization_id, account.id)
            .await
            .map_err(failed)?;
        if !locked.is_some_and(|now| now.is_active && now.password_hash == account.password_hash) {
            transaction.rollback().await.map_err(failed)?;
            return Ok(None);
        }
        note_sign_in(&transaction, account, better_hash)
            .await
            .map_err(failed)?;
        let family = Family::begin(account.organization_id, account.id);
        let session = self.issue(&transaction, signer, &family).await?;
        let entry = Entry {
            action: "session.sign_in",
            actor: Some(account.id),
            organization: account.organization_id,
            resource: family.id,
            details: json!({}),
        };
        trail::tell(&transaction, origin, entry)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(Some(session))
    }

    /// Beside the answer, which shall not take longer for somebody who is there.
    fn tell_refused(&self, origin: &Origin, account: &Account, is_right: bool) {
        let reason = match (&account.password_hash, is_right) {
            (None, _) => "has no password",
            (Some(_), false) => "wrong password",
            (Some(_), true) => "not active",
        };
        let (sessions, origin) = (self.clone(), origin.clone());
        let (organization, user) = (account.organization_id, account.id);
        tokio::spawn(async move {
            let told = async {
                let transaction = sessions.begin(organization).await?;
                let entry = Entry {
                    action: "session.refused",
                    actor: None,
                    organization,
                    resource: user,
                    details: json!({ "reason": reason }),
                };
                trail::tell(&transaction, &origin, entry).await?;
                transaction.commit().await?;
                Ok::<_, Error>(())
            };
            if let Err(error) = told.await {
                tracing::warn!(?error, "a refused sign-in is not in the trail");
            }
        });
    }

    /// Checks a password against a hash, or against nobody's. One that is right and hashed in another way than today's is hashed
    /// anew.
    pub(super) async fn check(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<Checked, Error> {
        let (checked, kind) = self
            .0
            .hashing
            .run(move || {
                // Nobody's too is checked to its end.
                let stored = hash.as_deref().unwrap_or(password::NOBODYS);
                let (fits, kind) = password::check(&password, stored);
                let is_right = fits && hash.is_some();
                let better_hash = (is_right && kind != Kind::Current)
                    .then(|| password::hash(&password).ok())
                    .flatten();
                let checked = Checked {
                    is_right,
                    better_hash,
                };
                (checked, kind)
            })
            .await?;
        tracing::trace!(target: PASSWORDS, kind = kind.name());
        Ok(checked)
    }
}

/// What came of checking a password.
pub(super) struct Checked {
    pub(super) is_right: bool,
    pub(super) better_hash: Option<String>,
}

/// A longer one is nobody's, and would cost to hash.
pub(super) fn check_length(faults: &mut Faults, password: &str, field: &str) {
    faults.check(
        password.chars().count() <= password::LONGEST,
        &[field],
        "this is too long",
    );
}

async fn note_sign_in(
    transaction: &DatabaseTransaction,
    account: &Account,
    better_hash: Option<String>,
) -> Result<(), sea_orm::DbErr> {
    if better_hash.is_some() {
        // The password stays what it was: sessions that began with it go on.
        execute(
            transaction,
            "SELECT set_config('app.same_password', 'true', true)",
            [],
        )
        .await?;
    }
    execute(
        transaction,
        "UPDATE users SET last_login_at = now(), password_hash = coalesce($3, password_hash) WHERE organization_id = $1 AND id = $2",
        [
            account.organization_id.into(),
            account.id.into(),
            better_hash.into(),
        ],
    )
    .await
    .map(drop)
}

fn refused() -> Refusal {
    UserError::new(
        UserErrorCode::Invalid,
        &[],
        "there is no such account with this password",
    )
    .into()
}
