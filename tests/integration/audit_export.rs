//! `fieldgraph audit export`: all of an organization's trail and nothing else, oldest first, however long it is.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use serde_json::{Value, json};
use support::{TestDatabase, execute, program, value};

async fn export(database: &TestDatabase, arguments: &[&str]) -> Output {
    let mut command = Command::new(program());
    command
        .args(["audit", "export"])
        .args(arguments)
        .env("DATABASE_URL", database.gateway_url())
        .env("MIGRATION_DATABASE_URL", database.owner_url())
        .env(
            "FIELDGRAPH_JWT_SECRET",
            "a secret of the tests, 32 bytes or more",
        )
        .env("FIELDGRAPH_DATA_DIR", std::env::temp_dir().join("unused"));
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

fn lines(text: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(text).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

async fn exported(database: &TestDatabase, arguments: &[&str]) -> Vec<Value> {
    let output = export(database, arguments).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    lines(&output.stdout)
}

fn actions(entries: &[Value]) -> Vec<&str> {
    entries
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn the_trail_is_exported_with_stable_names_and_readable_times() {
    let database = TestDatabase::demo().await;
    let northwind = ["--organization", "northwind"];
    let all = exported(&database, &northwind).await;
    assert_eq!(all.len(), 10);
    let superuser = database.superuser().await;
    let (user, school): (uuid::Uuid, uuid::Uuid) = (
        value(
            &superuser,
            "SELECT id FROM users WHERE username = 'northwind.project_manager'",
        )
        .await,
        value(
            &superuser,
            "SELECT id FROM projects WHERE name LIKE 'St. Anne%'",
        )
        .await,
    );
    let entry = all
        .iter()
        .find(|entry| entry["action"] == "project.update")
        .unwrap();
    let mut entry = entry.clone();
    let id = entry.as_object_mut().unwrap().remove("id").unwrap();
    assert!(uuid::Uuid::try_parse(id.as_str().unwrap()).is_ok());
    assert_eq!(
        entry,
        json!({
            "createdAt": "2026-10-05T12:00:00.000000Z",
            "action": "project.update",
            "resourceType": "project",
            "resourceId": school,
            "actorId": user,
            "actorEmail": "project_manager@northwind.example",
            "metadata": { "before": { "status": "active" }, "after": { "status": "completed" } },
            "requestId": "demo-0009",
        })
    );
    let times: Vec<&str> = all
        .iter()
        .map(|entry| entry["createdAt"].as_str().unwrap())
        .collect();
    assert!(times.is_sorted(), "{times:?}");

    for (further, expected) in [
        (vec!["--action", "photo.delete"], vec!["photo.delete"]),
        (
            vec!["--actor", "ADMIN@northwind.example"],
            vec![
                "agent_config.delete",
                "user.create",
                "project.create",
                "user.update",
            ],
        ),
        (
            vec!["--since", "2026-10-05T12:00:00Z"],
            vec!["project.update", "photo.delete"],
        ),
        (
            vec!["--since", "2026-09-08", "--until", "2026-09-14T14:00:00Z"],
            vec![],
        ),
        (vec!["--until", "2026-09-08"], vec!["agent_config.delete"]),
    ] {
        let found = exported(&database, &[&northwind[..], &further].concat()).await;
        assert_eq!(actions(&found), expected, "{further:?}");
    }
    let by_id = user.to_string();
    let found = exported(&database, &[&northwind[..], &["--actor", &by_id]].concat()).await;
    assert_eq!(actions(&found), ["project.update"]);
}

#[tokio::test]
async fn a_long_trail_is_exported_whole_in_a_file_for_the_operator_alone() {
    let database = TestDatabase::demo().await;
    // Many at the same moment: a page ends among them.
    execute(
        &database.superuser().await,
        "INSERT INTO audit_logs (organization_id, action, resource_type, created_at)
         SELECT id, 'photo.create', 'photo', '2026-11-01'::timestamptz + (n / 700) * interval '1 second' FROM organizations, generate_series(1, 2500) AS n
         WHERE slug IN ('northwind', 'alpine')",
        [],
    )
    .await
    .unwrap();
    let file =
        std::env::temp_dir().join(format!("fieldgraph-trail-{}.jsonl", uuid::Uuid::new_v4()));
    let arguments = [
        "--organization",
        "alpine",
        "--output",
        file.to_str().unwrap(),
    ];
    let output = export(&database, &arguments).await;
    assert!(output.status.success());
    assert_eq!(output.stdout, b"");
    let found = lines(&std::fs::read(&file).unwrap());
    let ids: BTreeSet<&str> = found
        .iter()
        .map(|entry| entry["id"].as_str().unwrap())
        .collect();
    assert_eq!((found.len(), ids.len()), (2504, 2504));
    assert!(
        found[4..]
            .iter()
            .all(|entry| entry["actorId"].is_null() && entry["actorEmail"].is_null())
    );
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // What is there already is not written over.
    let again = export(&database, &arguments).await;
    assert!(!again.status.success());
    assert_eq!(lines(&std::fs::read(&file).unwrap()).len(), 2504);
    std::fs::remove_file(&file).unwrap();
}

#[tokio::test]
async fn what_cannot_be_exported_is_named() {
    let database = TestDatabase::demo().await;
    for (arguments, part) in [
        (
            vec!["--organization", "nowhere"],
            "no organization with the slug nowhere",
        ),
        (
            vec!["--organization", "northwind", "--since", "yesterday"],
            "neither a day",
        ),
        (
            // Somebody of another organization.
            vec![
                "--organization",
                "northwind",
                "--actor",
                "admin@alpine.example",
            ],
            "northwind has no user with the address admin@alpine.example",
        ),
    ] {
        let output = export(&database, &arguments).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(part), "{said}");
        assert_eq!(output.stdout, b"");
    }
}
