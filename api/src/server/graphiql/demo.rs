//! Tokens of the demo's invented people, so that a newcomer's first question has an answer.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::auth::{Grant, Signer, TokenError};

/// The page asks for new ones when these have expired.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Signs in as anybody of the demo, without a password: never to be had beside data that is not invented.
#[derive(Clone)]
pub struct DemoSessions {
    inner: Arc<Inner>,
}

struct Inner {
    organizations: Vec<DemoOrganization>,
    signer: Signer,
}

/// An organization of the demo, as the page's first list shows it.
pub struct DemoOrganization {
    /// Tenant of its people's tokens.
    pub id: Uuid,
    /// As people call it.
    pub name: String,
    /// Those to choose from.
    pub people: Vec<DemoPerson>,
}

/// Somebody who works there, as the page's second list shows them.
pub struct DemoPerson {
    /// Subject of the token.
    pub id: Uuid,
    /// First and last name.
    pub name: String,
    /// What the token claims, and what is shown behind the name.
    pub roles: Vec<String>,
}

impl DemoSessions {
    /// The first person of the first organization is the one that the page begins with.
    pub fn new(organizations: Vec<DemoOrganization>, signer: Signer) -> Self {
        Self {
            inner: Arc::new(Inner {
                organizations,
                signer,
            }),
        }
    }

    pub(super) fn answer(&self, headers: &HeaderMap) -> Response {
        // For our own page: another site's may not read this, whatever the rules for the graph itself are.
        let foreign = headers
            .get("sec-fetch-site")
            .is_some_and(|site| site != "same-origin" && site != "none");
        if foreign {
            return StatusCode::FORBIDDEN.into_response();
        }
        match self.session() {
            Ok(session) => ([(CACHE_CONTROL, "no-store")], Json(session)).into_response(),
            Err(error) => {
                tracing::error!(%error, "no tokens for GraphiQL");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }

    /// Fresh tokens for everybody.
    fn session(&self) -> Result<Value, TokenError> {
        let organizations = self
            .inner
            .organizations
            .iter()
            .map(|organization| {
                let users = organization
                    .people
                    .iter()
                    .map(|person| {
                        Ok(json!({
                            "label": format!("{} ({})", person.name, person.roles.join(", ")),
                            "token": self.token(organization.id, person)?,
                        }))
                    })
                    .collect::<Result<Vec<_>, TokenError>>()?;
                Ok(json!({ "name": organization.name, "users": users }))
            })
            .collect::<Result<Vec<_>, TokenError>>()?;
        Ok(json!({ "organizations": organizations }))
    }

    fn token(&self, organization: Uuid, person: &DemoPerson) -> Result<String, TokenError> {
        let grant = Grant {
            organization,
            user: person.id,
            roles: person.roles.clone(),
            version: None,
        };
        self.inner.signer.sign(&grant, Utc::now(), LIFETIME)
    }
}
