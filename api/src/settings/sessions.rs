//! How long sessions go on, and whose word is taken for where somebody is.

use std::net::IpAddr;
use std::time::Duration;

use clap::Args;
use ipnet::IpNet;
use serde::Deserialize;

use super::SettingsError;

/// In minutes. A token that is good for longer than a day is a password.
const LONGEST_ACCESS: u32 = 24 * 60;
/// In days, however often it is refreshed.
const WHOLE: u32 = 90;

/// The lifetimes as they are given; in the file they are the table `[sessions]`.
#[derive(Args, Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionOptions {
    /// Minutes for which an access token is good that a session gives [default: 15]
    #[arg(
        long = "session-access",
        env = "FIELDGRAPH_SESSION_ACCESS",
        value_name = "MINUTES",
        global = true
    )]
    #[serde(rename = "access")]
    pub session_access: Option<u32>,

    /// Days after which a session is over that was not refreshed; after 90 days it is over anyway [default: 30]
    #[arg(
        long = "session-refresh",
        env = "FIELDGRAPH_SESSION_REFRESH",
        value_name = "DAYS",
        global = true
    )]
    #[serde(rename = "refresh")]
    pub session_refresh: Option<u32>,
}

/// The lifetimes in force.
#[derive(Clone, Copy, Debug)]
pub struct SessionSettings {
    /// Of an access token.
    pub access: Duration,
    /// Of a refresh token that is not used.
    pub refresh: Duration,
    /// Of a session, however often it is refreshed.
    pub whole: Duration,
}

impl SessionOptions {
    pub(super) fn over(self, other: Self) -> Self {
        Self {
            session_access: self.session_access.or(other.session_access),
            session_refresh: self.session_refresh.or(other.session_refresh),
        }
    }

    pub(super) fn complete(self) -> Result<SessionSettings, SettingsError> {
        let within = |name, unit, given: Option<u32>, default, largest| {
            let given = given.unwrap_or(default);
            if (1..=largest).contains(&given) {
                Ok(u64::from(given))
            } else {
                Err(SettingsError::Lifetime {
                    name,
                    unit,
                    largest,
                    given,
                })
            }
        };
        let access = within(
            "FIELDGRAPH_SESSION_ACCESS",
            "minutes",
            self.session_access,
            15,
            LONGEST_ACCESS,
        )?;
        let refresh = within(
            "FIELDGRAPH_SESSION_REFRESH",
            "days",
            self.session_refresh,
            30,
            WHOLE,
        )?;
        Ok(SessionSettings {
            access: Duration::from_secs(access * 60),
            refresh: Duration::from_secs(refresh * 24 * 3600),
            whole: Duration::from_secs(u64::from(WHOLE) * 24 * 3600),
        })
    }
}

/// The proxies that were given: each a network, or one address.
pub(super) fn proxies(given: Vec<String>) -> Result<Vec<IpNet>, SettingsError> {
    given
        .into_iter()
        // An empty variable, as compose files leave them.
        .filter(|network| !network.is_empty())
        .map(|given| {
            given
                .parse()
                .or_else(|_| given.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_| SettingsError::Proxy { given })
        })
        .collect()
}
