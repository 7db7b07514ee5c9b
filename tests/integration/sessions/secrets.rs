//! No password and no token is anywhere but with who has it.

use std::io::Read;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use support::{Answer, Program, column, until};

use super::{ADMIN, House, PASSWORD, SESSION, demo, operation, session};

const NEW: &str = "another password of theirs";

#[tokio::test]
async fn a_request_about_sessions_has_no_idempotency_key() {
    let house = House::open().await;
    let before = house.sign_in(ADMIN).await;
    let changing = json!({ "currentPassword": PASSWORD, "newPassword": NEW });
    let tagging = "addTags(input: { photoId: \"x\", tags: [] }) { errors { code } }";
    for (name, input, token) in [
        (
            "signIn",
            json!({ "login": ADMIN, "password": PASSWORD }),
            None,
        ),
        (
            "signIn",
            json!({ "login": ADMIN, "password": PASSWORD }),
            Some(&before.access),
        ),
        (
            "refreshSession",
            json!({ "refreshToken": before.refresh }),
            None,
        ),
        ("changePassword", changing.clone(), Some(&before.access)),
    ] {
        let mut body = operation(name, SESSION, input);
        for beside in ["", tagging] {
            if token.is_none() && !beside.is_empty() {
                continue;
            }
            let document = body["query"].as_str().unwrap().to_owned();
            let end = document.rfind('}').unwrap();
            body["query"] = json!(format!("{} {beside} }}", &document[..end]));
            let mut request = house
                .one
                .request(Method::POST, "/graphql")
                .header("Accept", "application/graphql-response+json")
                .header("Idempotency-Key", "once")
                .json(&body);
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            let answer = Answer::of(request).await;
            assert_eq!(
                (answer.status.as_u16(), answer.code()),
                (400, "BAD_REQUEST"),
                "{name}: {}",
                answer.text
            );
        }
    }
    assert_eq!(house.count("idempotency_keys").await, 0);
    assert_eq!(house.count("refresh_tokens").await, 1);
    session(
        &super::refresh(&house.one, &before.refresh).await,
        "refreshSession",
    );
}

/// Everything that the program writes to its log.
fn listen_to(mut log: impl Read + Send + 'static) -> Arc<Mutex<Vec<u8>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let writing = Arc::clone(&heard);
    std::thread::spawn(move || {
        let mut buffer = [0; 65536];
        while let Ok(length @ 1..) = log.read(&mut buffer) {
            writing.lock().unwrap().extend_from_slice(&buffer[..length]);
        }
    });
    heard
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_the_log_the_tables_the_plans_or_the_metrics() {
    const KEY: &str = "the key of the plans";
    let database = demo().await;
    let (log, written) = std::io::pipe().unwrap();
    let (gateway_url, owner_url) = (database.gateway_url(), database.owner_url());
    let program = tokio::task::spawn_blocking(move || {
        Program::serve(|command| {
            command
                .env("DATABASE_URL", gateway_url)
                .env("MIGRATION_DATABASE_URL", owner_url)
                .env(
                    "FIELDGRAPH_JWT_SECRET",
                    "a secret of the tests, 32 bytes or more",
                )
                .env("FIELDGRAPH_EXPLAIN_KEY", KEY)
                .env("FIELDGRAPH_SLOW", "1")
                .env("FIELDGRAPH_LOG", "trace")
                .stderr(Stdio::from(written.try_clone().unwrap()));
        })
    })
    .await
    .unwrap();
    let heard = listen_to(log);
    let url = format!("http://{}/graphql", program.address);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::new();
    let ask = async |token: Option<&str>, body: &Value| {
        let mut request = client
            .post(&url)
            .header("Accept", "application/graphql-response+json")
            .header("Fieldgraph-Explain", KEY)
            .header("X-Request-Id", "the-request-of-the-test")
            .json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        Answer::of(request).await
    };
    let mut secrets = vec![
        PASSWORD.to_owned(),
        NEW.to_owned(),
        "fieldgraph-dem0".to_owned(),
    ];
    let mut explained = String::new();
    let mut note = |answer: &Answer, name: &str| {
        let session = session(answer, name);
        explained += &answer.body["extensions"].to_string();
        secrets.extend([session.refresh.clone(), session.access.clone()]);
        // A token's signature alone is not in anything that quotes its claims.
        secrets.push(session.access.rsplit('.').next().unwrap().to_owned());
        session
    };
    let literal = json!({ "query": format!("mutation {{ signIn(input: {{ login: \"{ADMIN}\", password: \"{PASSWORD}\" }}) {{ {SESSION} errors {{ code }} }} }}") });
    let first = note(&ask(None, &literal).await, "signIn");
    let wrong = json!({ "login": ADMIN, "password": "fieldgraph-dem0" });
    ask(None, &operation("signIn", SESSION, wrong)).await;
    // What cannot be read is not quoted.
    let broken = json!({ "query": format!("mutation {{ signIn(input: {{ login: \"{ADMIN}\", password: \"{PASSWORD}\" ") });
    ask(None, &broken).await;
    let mistaken = json!({ "login": [ADMIN], "password": { "is": PASSWORD } });
    let mistaken = ask(None, &operation("signIn", SESSION, mistaken)).await;
    assert!(!mistaken.text.contains(PASSWORD), "{}", mistaken.text);
    let again = json!({ "refreshToken": first.refresh });
    let second = note(
        &ask(None, &operation("refreshSession", SESSION, again.clone())).await,
        "refreshSession",
    );
    let conflict = ask(None, &operation("refreshSession", SESSION, again)).await;
    assert!(!conflict.text.contains(&first.refresh));
    let changing = json!({ "currentPassword": PASSWORD, "newPassword": NEW });
    let third = note(
        &ask(
            Some(&second.access),
            &operation("changePassword", SESSION, changing),
        )
        .await,
        "changePassword",
    );
    let leaving = json!({ "refreshToken": third.refresh, "everywhere": true });
    ask(None, &operation("signOut", "endedSessions", leaving)).await;
    let metrics = client
        .get(url.replace("/graphql", "/metrics"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();

    let superuser = database.superuser().await;
    let mut tables = String::new();
    for table in [
        "audit_logs",
        "idempotency_keys",
        "refresh_tokens",
        "sign_in_attempts",
        "users",
    ] {
        let texts: Vec<String> =
            column(&superuser, &format!("SELECT it::text FROM {table} it")).await;
        tables += &texts.join("\n");
    }
    tokio::task::spawn_blocking(move || {
        let whole =
            |heard: &Mutex<Vec<u8>>| String::from_utf8_lossy(&heard.lock().unwrap()).into_owned();
        // The last of them is written when the program ends.
        drop(program);
        until("the log is written", || {
            whole(&heard).contains("the-request-of-the-test")
        });
        let log = whole(&heard);
        assert!(log.len() > 10_000, "a log of everything");
        for secret in &secrets {
            for (place, text) in [
                ("log", &log),
                ("tables", &tables),
                ("plans", &explained),
                ("metrics", &metrics),
            ] {
                assert!(
                    !text.contains(secret.as_str()),
                    "{secret} is in the {place}"
                );
            }
        }
        // Nor what only looks like another thing.
        for secret in &secrets {
            let encoded = URL_SAFE_NO_PAD.encode(secret);
            assert!(
                !log.contains(&encoded),
                "{secret} is in the log as {encoded}"
            );
        }
        assert!(!log.contains("$argon2id$"));
    })
    .await
    .unwrap();
}
