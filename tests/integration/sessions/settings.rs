//! What can be set about sessions.

use std::time::Duration;

use fieldgraph::settings::{Options, SessionOptions, Settings, SettingsError};

fn resolved(
    access: Option<u32>,
    refresh: Option<u32>,
    proxies: &[&str],
) -> Result<Settings, SettingsError> {
    Options {
        sessions: SessionOptions {
            session_access: access,
            session_refresh: refresh,
        },
        trusted_proxies: Some(proxies.iter().map(|proxy| (*proxy).to_owned()).collect()),
        ..Options::default()
    }
    .resolve()
}

#[test]
fn lifetimes_are_what_is_set_within_reason() {
    let usual = resolved(None, None, &[""]).unwrap();
    assert_eq!(usual.sessions.access, Duration::from_secs(15 * 60));
    assert_eq!(usual.sessions.refresh, Duration::from_secs(30 * 24 * 3600));
    assert_eq!(usual.sessions.whole, Duration::from_secs(90 * 24 * 3600));
    assert!(usual.trusted_proxies.is_empty());
    let most = resolved(Some(1440), Some(90), &[]).unwrap();
    assert_eq!(most.sessions.access, Duration::from_secs(24 * 3600));
    for (access, refresh, sentence) in [
        (
            Some(0),
            None,
            "FIELDGRAPH_SESSION_ACCESS must be between 1 and 1440 minutes, not 0",
        ),
        (
            Some(1441),
            None,
            "FIELDGRAPH_SESSION_ACCESS must be between 1 and 1440 minutes, not 1441",
        ),
        (
            None,
            Some(0),
            "FIELDGRAPH_SESSION_REFRESH must be between 1 and 90 days, not 0",
        ),
        (
            None,
            Some(91),
            "FIELDGRAPH_SESSION_REFRESH must be between 1 and 90 days, not 91",
        ),
    ] {
        let error = resolved(access, refresh, &[]).unwrap_err();
        assert_eq!(error.to_string(), sentence);
    }
}

#[test]
fn a_proxy_is_a_network_or_an_address() {
    let settings = resolved(
        None,
        None,
        &["10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "::1"],
    )
    .unwrap();
    let told: Vec<String> = settings
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        told,
        ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32", "::1/128"]
    );
    for given in ["proxy.example", "10.0.0.0/33", "10.0.0", "*"] {
        let error = resolved(None, None, &["::1", given])
            .unwrap_err()
            .to_string();
        assert!(error.contains(&format!("{given:?}")), "{error}");
    }
}
