//! Tokens of the demo's invented people, so that a newcomer's first question has an answer.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use serde_json::{Value, json};
use thiserror::Error;
use uuid::Uuid;

use super::demo_people::{self, Person};
use crate::auth::{Grant, Signer, TokenError};
use crate::database::GatewayPools;

/// The page asks for new ones when these have expired.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Signs in as anybody of the demo, without a password: never to be had beside data that is not invented.
#[derive(Clone)]
pub struct DemoSessions {
    inner: Arc<Inner>,
}

struct Inner {
    organizations: Vec<DemoOrganization>,
    pools: GatewayPools,
    signer: Signer,
}

/// An organization of the demo.
pub struct DemoOrganization {
    /// Tenant of its people's tokens.
    pub id: Uuid,
    /// What their addresses are under, before `.example`: such addresses cannot be real.
    pub slug: String,
}

/// Why there are no tokens.
#[derive(Debug, Error)]
pub(super) enum DemoError {
    #[error("the people of the demo could not be read: {0}")]
    People(#[from] sea_orm::DbErr),
    #[error(transparent)]
    Token(#[from] TokenError),
}

impl DemoSessions {
    /// The page begins with somebody of the first organization.
    pub fn new(organizations: Vec<DemoOrganization>, pools: GatewayPools, signer: Signer) -> Self {
        Self {
            inner: Arc::new(Inner {
                organizations,
                pools,
                signer,
            }),
        }
    }

    /// Everybody as they are now, with fresh tokens.
    pub(super) async fn organizations(&self) -> Result<Value, DemoError> {
        let Inner {
            organizations,
            pools,
            signer,
        } = &*self.inner;
        let mut all = Vec::new();
        for organization in organizations {
            let (name, people) = demo_people::of(organization, pools).await?;
            let users = people
                .into_iter()
                .map(|person| with_token(organization.id, person, signer))
                .collect::<Result<Vec<_>, _>>()?;
            all.push(json!({ "name": name, "users": users }));
        }
        Ok(json!(all))
    }
}

fn with_token(organization: Uuid, person: Person, signer: &Signer) -> Result<Value, TokenError> {
    let grant = Grant {
        organization,
        user: person.id,
        roles: person.roles,
        version: Some(person.version),
    };
    let token = signer.sign(&grant, Utc::now(), LIFETIME)?;
    Ok(json!({
        "id": grant.user,
        "name": person.name,
        "roles": grant.roles,
        "token": token,
    }))
}
