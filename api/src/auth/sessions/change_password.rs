//! Another password: who is signed in shows that they know the current one. All sessions with that one end.

use serde_json::json;

use super::issue::Family;
use super::sign_in::check_length;
use super::trail::{self, Entry};
use super::{Sessions, account, execute, failed};
use crate::auth::{Signer, password, throttle};
use crate::core::{
    Actor, Faults, NewSession, Origin, Refusal, SessionKeeper, UserError, UserErrorCode,
};

impl Sessions {
    pub(super) async fn replace_password(
        &self,
        origin: &Origin,
        actor: &Actor,
        current: String,
        new: String,
    ) -> Result<NewSession, Refusal> {
        let signer = self.signer()?;
        let mut faults = Faults::default();
        check_length(&mut faults, &current, "currentPassword");
        if let Err(reason) = password::check_new(&new) {
            faults.check(false, &["newPassword"], &reason.to_string());
        }
        faults.check(
            current != new,
            &["newPassword"],
            "this is the current password: choose another",
        );
        faults.settle()?;

        let Some(hash) = self.hash_of(actor).await? else {
            return Err(UserError::new(
                UserErrorCode::State,
                &[],
                "this account has no password: it signs in with an identity provider",
            )
            .into());
        };
        let subjects = throttle::Subjects::of_user(actor.user, origin.address);
        throttle::reserve(self.keeper(), &subjects).await?;
        let checked = match self.check(current, Some(hash.clone())).await {
            Ok(checked) => checked,
            Err(busy) => {
                throttle::was_none(self.keeper(), &subjects).await;
                return Err(busy.into());
            }
        };
        if !checked.is_right {
            return Err(wrong());
        }
        let new = self.hash_password(new).await?;
        let session = self
            .write_password(origin, signer, actor, &hash, new)
            .await?;
        throttle::succeeded(self.keeper(), &subjects).await;
        Ok(session)
    }

    async fn hash_of(&self, actor: &Actor) -> Result<Option<String>, Refusal> {
        let transaction = self.begin(actor.organization).await?;
        let account = account::read(&transaction, actor.organization, actor.user)
            .await
            .map_err(failed)?;
        transaction.rollback().await.map_err(failed)?;
        Ok(account.and_then(|account| account.password_hash))
    }

    /// If the current one still is the one that was checked.
    async fn write_password(
        &self,
        origin: &Origin,
        signer: &Signer,
        actor: &Actor,
        checked: &str,
        new: String,
    ) -> Result<NewSession, Refusal> {
        let transaction = self.begin(actor.organization).await?;
        let account = account::lock(&transaction, actor.organization, actor.user)
            .await
            .map_err(failed)?;
        if !account
            .is_some_and(|now| now.is_active && now.password_hash.as_deref() == Some(checked))
        {
            return Err(wrong());
        }
        // The database ends the sessions, and makes the tokens that were signed before worthless.
        execute(
            &transaction,
            "UPDATE users SET password_hash = $3 WHERE organization_id = $1 AND id = $2",
            [actor.organization.into(), actor.user.into(), new.into()],
        )
        .await
        .map_err(failed)?;
        let family = Family::begin(actor.organization, actor.user);
        let session = self.issue(&transaction, signer, &family).await?;
        let entry = Entry {
            action: "user.change_password",
            actor: Some(actor.user),
            organization: actor.organization,
            resource: actor.user,
            details: json!({}),
        };
        trail::tell(&transaction, origin, entry)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(session)
    }
}

fn wrong() -> Refusal {
    UserError::new(
        UserErrorCode::Invalid,
        &["currentPassword"],
        "this is not the current password",
    )
    .into()
}
