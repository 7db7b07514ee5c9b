//! The command line against a database that is given, as in production: settings, tokens, the first admin, the doctor.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use support::{TestDatabase, column, program, rows, value};

/// A command of the program on a test's database, with nothing else from the environment of the test.
fn fieldgraph(database: &TestDatabase, arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command
        .args(arguments)
        .env("DATABASE_URL", database.gateway_url())
        .env("MIGRATION_DATABASE_URL", database.owner_url())
        .env(
            "FIELDGRAPH_JWT_SECRET",
            "a secret of the tests, 32 bytes or more",
        )
        .env("FIELDGRAPH_DATA_DIR", scratch_folder("unused"));
    command
}

fn scratch_folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("fieldgraph-tests-{}/{name}", std::process::id()))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

fn assert_refused(output: &Output, part: &str) {
    assert!(!output.status.success());
    let said = text(&output.stderr);
    assert!(said.starts_with("error: ") && said.contains(part), "{said}");
    assert_eq!(output.stdout, b"", "an answer beside an error");
}

#[tokio::test]
async fn a_token_is_printed_alone_and_claims_what_the_tables_say() {
    let database = TestDatabase::demo().await;
    let printed = fieldgraph(
        &database,
        &[
            "token",
            "--organization",
            "northwind",
            "--user",
            "ADMIN@northwind.example",
        ],
    )
    .output()
    .unwrap();
    assert!(printed.status.success(), "{}", text(&printed.stderr));
    let token = text(&printed.stdout);
    assert_eq!(token.lines().count(), 1);

    let claims = claims(&token);
    let superuser = database.superuser().await;
    let (user, organization): (uuid::Uuid, uuid::Uuid) = {
        let row = &rows(
            &superuser,
            "SELECT id, organization_id FROM users WHERE email = 'admin@northwind.example'",
        )
        .await[0];
        (
            row.try_get("", "id").unwrap(),
            row.try_get("", "organization_id").unwrap(),
        )
    };
    assert_eq!(claims["sub"], user.to_string());
    assert_eq!(claims["org"], organization.to_string());
    assert_eq!(claims["roles"], serde_json::json!(["admin"]));
    assert_eq!(claims["iss"], "fieldgraph");
    assert_eq!(claims["aud"], "fieldgraph");
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        12 * 60 * 60
    );
    assert_eq!(claims["nbf"], claims["iat"]);
}

#[tokio::test]
async fn the_doctor_says_what_verifies_tokens_and_what_cannot() {
    let database = TestDatabase::migrated().await;
    let tokens = |settings: &[(&str, &str)]| {
        let mut command = fieldgraph(&database, &["doctor", "--json"]);
        command.env_remove("FIELDGRAPH_JWT_SECRET");
        command.envs(settings.iter().copied());
        finding(&command.output().unwrap(), "tokens")
    };
    let bad = |settings: &[(&str, &str)], part: &str| {
        let (verdict, detail) = tokens(settings);
        assert_eq!(verdict, "bad");
        assert!(detail.contains(part), "{detail}");
    };
    let secret = "a secret of the tests, 32 bytes or more";
    let (verdict, detail) = tokens(&[("FIELDGRAPH_JWT_SECRET", secret)]);
    assert_eq!(verdict, "good");
    assert_eq!(detail, "signed and verified by HS256");
    bad(&[], "set FIELDGRAPH_JWT_SECRET");
    bad(
        &[("FIELDGRAPH_JWT_PUBLIC_KEY", "/nowhere.pem")],
        "cannot read FIELDGRAPH_JWT_PUBLIC_KEY /nowhere.pem",
    );
    bad(
        &[
            (
                "FIELDGRAPH_JWKS_URL",
                "http://user:hunter2@127.0.0.1:1/keys",
            ),
            ("FIELDGRAPH_JWT_ALGORITHM", "EdDSA"),
        ],
        "the keys at http://user:***@127.0.0.1:1/keys cannot be fetched",
    );
}

#[tokio::test]
async fn where_tokens_are_signed_elsewhere_none_is_printed() {
    let database = TestDatabase::demo().await;
    let output = fieldgraph(
        &database,
        &[
            "token",
            "--organization",
            "northwind",
            "--user",
            "admin@northwind.example",
        ],
    )
    .env_remove("FIELDGRAPH_JWT_SECRET")
    .env("FIELDGRAPH_JWKS_URL", "https://identity.example/keys")
    .env("FIELDGRAPH_JWT_ALGORITHM", "RS256")
    .output()
    .unwrap();
    assert_refused(&output, "tokens are signed elsewhere");
}

#[tokio::test]
async fn a_token_may_claim_another_role_and_names_who_is_not_there() {
    let database = TestDatabase::demo().await;
    let token = |arguments: &[&str]| {
        let mut all = vec!["token"];
        all.extend(arguments);
        fieldgraph(&database, &all).output().unwrap()
    };
    let as_viewer = token(&[
        "--organization",
        "northwind",
        "--user",
        "admin@northwind.example",
        "--role",
        "viewer",
    ]);
    assert_eq!(
        claims(&text(&as_viewer.stdout))["roles"],
        serde_json::json!(["viewer"])
    );
    assert_refused(
        &token(&[
            "--organization",
            "nobody",
            "--user",
            "admin@northwind.example",
        ]),
        "there is no organization with the slug nobody",
    );
    assert_refused(
        &token(&[
            "--organization",
            "alpine",
            "--user",
            "admin@northwind.example",
        ]),
        "organization alpine has no user with the address admin@northwind.example",
    );
    assert_refused(
        &token(&[
            "--organization",
            "northwind",
            "--user",
            "admin@northwind.example",
            "--role",
            "king",
        ]),
        "there is no role king; the roles are admin,",
    );
}

/// What a token says; its signature is checked with the secret of the tests.
fn claims(token: &str) -> serde_json::Value {
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::HS256);
    validation.set_audience(&["fieldgraph"]);
    jsonwebtoken::decode(
        token,
        &jsonwebtoken::DecodingKey::from_secret(b"a secret of the tests, 32 bytes or more"),
        &validation,
    )
    .unwrap()
    .claims
}

fn create_admin(database: &TestDatabase, arguments: &[&str], password: &str) -> Output {
    let mut all = vec!["user", "create-admin"];
    all.extend(arguments);
    let mut child = fieldgraph(database, &all)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
    child.wait_with_output().unwrap()
}

#[tokio::test]
async fn the_first_admin_is_made_whole_or_not_at_all() {
    let database = TestDatabase::migrated().await;
    let acme = [
        "--organization",
        "acme",
        "--organization-name",
        "Acme",
        "--email",
        "first@acme.example",
    ];
    assert_refused(
        &create_admin(&database, &acme, "short"),
        "the password needs 12 characters or more",
    );
    let superuser = database.superuser().await;
    assert_eq!(
        value::<i64, _>(&superuser, "SELECT count(*) FROM organizations").await,
        0
    );

    let bad_address = [
        "--organization",
        "acme",
        "--organization-name",
        "Acme",
        "--email",
        "nobody",
    ];
    assert_refused(
        &create_admin(&database, &bad_address, "correct horse battery"),
        "the organization's admin's address is refused",
    );
    assert_eq!(
        value::<i64, _>(&superuser, "SELECT count(*) FROM organizations").await,
        0
    );

    let made = create_admin(&database, &acme, "correct horse battery");
    assert!(made.status.success(), "{}", text(&made.stderr));
    let hash: String = value(&superuser, "SELECT password_hash FROM users").await;
    assert!(hash.starts_with("$argon2id$"), "{hash}");
    assert_eq!(
        column::<String, _>(
            &superuser,
            "SELECT roles.name FROM user_roles JOIN roles ON roles.id = role_id"
        )
        .await,
        ["admin"]
    );
    assert_eq!(
        column::<String, _>(&superuser, "SELECT action FROM audit_logs").await,
        ["user.create_admin"]
    );

    assert_refused(
        &create_admin(&database, &acme, "correct horse battery"),
        "there is one already",
    );
    let same_address = ["--organization", "acme", "--email", "FIRST@acme.example"];
    assert_refused(
        &create_admin(&database, &same_address, "correct horse battery"),
        "a user with the address FIRST@acme.example",
    );
    let second = ["--organization", "acme", "--email", "second@acme.example"];
    assert!(
        create_admin(&database, &second, "correct horse battery")
            .status
            .success()
    );
}

#[tokio::test]
async fn the_doctor_finds_a_wall_that_fell_and_a_gateway_with_too_much_power() {
    let database = TestDatabase::migrated().await;
    let healthy = fieldgraph(&database, &["doctor", "--json"])
        .output()
        .unwrap();
    assert!(healthy.status.success(), "{}", text(&healthy.stdout));

    support::execute(
        &database.superuser().await,
        "ALTER TABLE tags NO FORCE ROW LEVEL SECURITY",
        [],
    )
    .await
    .unwrap();
    let fallen = fieldgraph(&database, &["doctor", "--json"])
        .output()
        .unwrap();
    assert_eq!(fallen.status.code(), Some(1));
    assert_eq!(
        finding(&fallen, "row-level security"),
        ("bad".to_owned(), "does not stand on tags".to_owned())
    );

    let superuser = fieldgraph(&database, &["doctor", "--json"])
        .env("DATABASE_URL", database.superuser_url())
        .output()
        .unwrap();
    let (verdict, detail) = finding(&superuser, "gateway as admin");
    assert_eq!(verdict, "bad");
    assert!(detail.contains("is a superuser"), "{detail}");
}

fn finding(output: &Output, name: &str) -> (String, String) {
    let examination: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let finding = examination["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["name"] == name)
        .unwrap_or_else(|| panic!("no finding {name} in {examination}"));
    (
        finding["verdict"].as_str().unwrap().to_owned(),
        finding["detail"].as_str().unwrap().to_owned(),
    )
}

#[tokio::test]
async fn no_command_prints_a_secret() {
    let database = TestDatabase::migrated().await;
    let with_password = |url: String| url.replacen('@', ":tell-nobody@", 1);
    for arguments in [
        &["doctor"][..],
        &["doctor", "--json"],
        &["--help"],
        &["serve", "--help"],
        &["migrate", "status"],
        &["token", "--organization", "nobody", "--user", "a@b.example"],
    ] {
        let output = fieldgraph(&database, arguments)
            .env("DATABASE_URL", with_password(database.gateway_url()))
            .env(
                "MIGRATION_DATABASE_URL",
                with_password(database.owner_url()),
            )
            .env("FIELDGRAPH_LOG", "trace")
            .output()
            .unwrap();
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(!said.is_empty());
        for secret in ["tell-nobody", "a secret of the tests"] {
            assert!(!said.contains(secret), "{arguments:?} prints {secret}");
        }
    }
    // Nothing listens there: the sentence names the place, not the password.
    let away = fieldgraph(&database, &["migrate", "up"])
        .env(
            "MIGRATION_DATABASE_URL",
            "postgresql://owner:tell-nobody@127.0.0.1:1/nothing",
        )
        .output()
        .unwrap();
    assert_refused(&away, "postgresql://owner:***@127.0.0.1:1/nothing");
    assert!(!text(&away.stderr).contains("tell-nobody"));
}

#[tokio::test]
async fn a_flag_wins_over_the_environment_and_the_environment_over_the_file() {
    let database = TestDatabase::migrated().await;
    let folder = scratch_folder("settings");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("fieldgraph.toml");
    std::fs::write(&file, "listen = \"127.0.0.1:1001\"\nlog = \"warn\"\n").unwrap();
    let listen = |flag: Option<&str>, environment: Option<&str>, config: bool| {
        let mut command = fieldgraph(&database, &["doctor", "--json"]);
        if let Some(flag) = flag {
            command.args(["--listen", flag]);
        }
        if let Some(environment) = environment {
            command.env("FIELDGRAPH_LISTEN", environment);
        }
        if config {
            // Found in the working folder, without being named.
            command.current_dir(&folder);
        } else {
            command.current_dir("/");
        }
        finding(&command.output().unwrap(), "listen").1
    };
    let (flag, environment) = (Some("127.0.0.1:1003"), Some("127.0.0.1:1002"));
    assert_eq!(listen(flag, environment, true), "127.0.0.1:1003");
    assert_eq!(listen(None, environment, true), "127.0.0.1:1002");
    assert_eq!(listen(None, None, true), "127.0.0.1:1001");
    assert_eq!(listen(None, None, false), "127.0.0.1:8080");

    std::fs::write(&file, "listne = \"127.0.0.1:1001\"\n").unwrap();
    let misspelt = fieldgraph(&database, &["doctor"])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert_refused(&misspelt, "unknown field `listne`");
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused_by_name() {
    let database = TestDatabase::migrated().await;
    let refused = |name: &str, value: &str, part: &str| {
        let output = fieldgraph(&database, &["doctor"])
            .env(name, value)
            .output()
            .unwrap();
        assert_refused(&output, part);
    };
    refused(
        "FIELDGRAPH_JWT_SECRET",
        "short",
        "FIELDGRAPH_JWT_SECRET has 5 bytes, it needs 32",
    );
    refused(
        "DATABASE_URL",
        "mysql://x",
        "DATABASE_URL is not a PostgreSQL URL",
    );
    refused(
        "DATABASE_URL",
        "",
        "MIGRATION_DATABASE_URL is set but DATABASE_URL is not",
    );
    refused(
        "MIGRATION_DATABASE_URL",
        "nonsense",
        "MIGRATION_DATABASE_URL is not a PostgreSQL URL",
    );
    refused(
        "FIELDGRAPH_DATABASE_CONNECTIONS",
        "0",
        "must be between 1 and 1000, not 0",
    );
    refused("FIELDGRAPH_LISTEN", "nowhere", "--listen");
    refused("FIELDGRAPH_JWT_ALGORITHM", "none", "--jwt-algorithm");
    refused(
        "FIELDGRAPH_JWKS_URL",
        "https://identity.example/keys",
        "FIELDGRAPH_JWT_SECRET and FIELDGRAPH_JWKS_URL are both set",
    );
    refused(
        "FIELDGRAPH_CONFIG",
        "/nowhere.toml",
        "cannot read the settings file /nowhere.toml",
    );
}

#[tokio::test]
async fn the_owner_is_asked_for_where_only_the_gateway_is_known() {
    let database = TestDatabase::migrated().await;
    for arguments in [
        &["migrate", "up"][..],
        &["seed"],
        &["token", "--organization", "a", "--user", "b"],
        &["psql"],
    ] {
        let output = fieldgraph(&database, arguments)
            .env_remove("MIGRATION_DATABASE_URL")
            .output()
            .unwrap();
        assert_refused(&output, "set MIGRATION_DATABASE_URL");
    }
}

#[tokio::test]
async fn rows_are_not_deleted_without_a_word() {
    let database = TestDatabase::demo().await;
    for arguments in [&["migrate", "fresh"][..], &["migrate", "down"]] {
        let output = fieldgraph(&database, arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_refused(&output, "say so with --yes");
    }
    let superuser = database.superuser().await;
    assert!(value::<i64, _>(&superuser, "SELECT count(*) FROM photos").await > 0);

    let fresh = fieldgraph(&database, &["migrate", "fresh", "--yes"])
        .output()
        .unwrap();
    assert!(fresh.status.success(), "{}", text(&fresh.stderr));
    assert_eq!(
        value::<i64, _>(&superuser, "SELECT count(*) FROM photos").await,
        0
    );
}

#[tokio::test]
async fn psql_passes_its_arguments_and_its_exit_code_on() {
    let database = TestDatabase::demo().await;
    let count = |who: &str, organization: &[&str]| {
        let mut arguments = vec!["psql", "--as", who];
        arguments.extend(organization);
        arguments.extend([
            "--",
            "-Atc",
            "SELECT count(DISTINCT organization_id) FROM photos",
        ]);
        let output = fieldgraph(&database, &arguments).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    assert_eq!(
        count("owner", &[]),
        "0",
        "the wall stands before the owner too"
    );
    assert_eq!(count("owner", &["--organization", "northwind"]), "1");
    assert_eq!(count("admin", &["--organization", "northwind"]), "1");
    assert_eq!(count("member", &["--organization", "northwind"]), "0");
    let failed = fieldgraph(&database, &["psql", "--", "-c", "SELECT nonsense"])
        .output()
        .unwrap();
    assert_eq!(failed.status.code(), Some(1));
}
