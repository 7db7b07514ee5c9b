//! `fieldgraph organization`: the operator's list, what they change, and the end of a tenant.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use sea_orm::{ConnectionTrait, DatabaseConnection};
use support::{TestDatabase, column, program, rows, value};
use uuid::Uuid;

use crate::constraints::arena::populated;

/// A database with rows in every table, and a folder with objects of two organizations.
struct Installation {
    database: TestDatabase,
    superuser: DatabaseConnection,
    folder: PathBuf,
}

impl Installation {
    async fn new(name: &str) -> Self {
        let database = populated().await;
        let folder =
            std::env::temp_dir().join(format!("fieldgraph-tests-{}/{name}", std::process::id()));
        for object in ["northwind/a/1.jpg", "northwind/b.txt", "alpine/a/1.jpg"] {
            let path = folder.join("storage").join(object);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, object).unwrap();
        }
        Self {
            superuser: database.superuser().await,
            database,
            folder,
        }
    }

    /// Runs a command, which is answered so when it asks.
    fn organization(&self, arguments: &[&str], answers: &str) -> Output {
        let mut child = Command::new(program())
            .arg("organization")
            .args(arguments)
            .env("DATABASE_URL", self.database.gateway_url())
            .env("MIGRATION_DATABASE_URL", self.database.owner_url())
            .env("FIELDGRAPH_DATA_DIR", &self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // One that does not ask does not read either.
        let _ = child.stdin.take().unwrap().write_all(answers.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// Every table of the catalogue with what it holds: of one organization, and all the rest.
    async fn rows(&self, organization: Uuid) -> BTreeMap<String, (i64, Option<String>)> {
        let mut found = BTreeMap::new();
        for row in rows(
            &self.superuser,
            "SELECT relname::text, EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'organization_id') AS of_tenant
             FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition",
        )
        .await
        {
            let table: String = row.try_get_by_index(0).unwrap();
            let tenant = match (table.as_str(), row.try_get_by_index(1).unwrap()) {
                ("organizations", _) => "id",
                (_, true) => "organization_id",
                (_, false) => "NULL::uuid",
            };
            let held = rows_of(&self.superuser, &table, tenant, organization).await;
            found.insert(table, held);
        }
        found
    }

    fn objects(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        walk(&self.folder.join("storage"), &mut found);
        found.sort();
        found
    }
}

async fn rows_of(
    superuser: &DatabaseConnection,
    table: &str,
    tenant: &str,
    organization: Uuid,
) -> (i64, Option<String>) {
    let sql = format!(
        "SELECT count(*) FILTER (WHERE {tenant} = '{organization}'),
           md5(string_agg(it::text, ' ' ORDER BY it::text) FILTER (WHERE ({tenant} = '{organization}') IS NOT TRUE)) FROM {table} it"
    );
    let row = &rows(superuser, &sql).await[0];
    (
        row.try_get_by_index(0).unwrap(),
        row.try_get_by_index(1).unwrap(),
    )
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            walk(&entry.path(), found);
        } else {
            found.push(entry.path());
        }
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

const DELETE: [&str; 3] = ["delete", "--organization", "northwind"];

#[tokio::test]
async fn a_deleted_organization_leaves_no_row_and_no_object() {
    for (name, arguments, answers) in [
        ("asked", vec![], "northwind\nnorthwind\n"),
        ("told", vec!["--yes", "northwind"], ""),
    ] {
        let installation = Installation::new(&format!("deleted-{name}")).await;
        let sql = "SELECT id FROM organizations WHERE slug = 'northwind'";
        let northwind: Uuid = value(&installation.superuser, sql).await;
        // An own role, and what refers to it in every way.
        installation
            .superuser
            .execute_unprepared(
                "WITH ours AS (SELECT id FROM organizations WHERE slug = 'northwind'),
                 own AS (INSERT INTO roles (organization_id, name) SELECT id, 'roofer' FROM ours RETURNING id, organization_id)
                 INSERT INTO user_roles (organization_id, user_id, role_id)
                 SELECT own.organization_id, users.id, own.id FROM own JOIN users ON users.organization_id = own.organization_id",
            )
            .await
            .unwrap();
        installation
            .superuser
            .execute_unprepared(
                "INSERT INTO role_permissions (role_id, permission_id)
                 SELECT roles.id, permissions.id FROM roles, permissions WHERE roles.name = 'roofer' AND permissions.name = 'photos:read'",
            )
            .await
            .unwrap();
        let before = installation.rows(northwind).await;
        for (table, (held, _)) in &before {
            let of_nobody = ["permissions", "seaql_migrations", "sign_in_attempts"];
            assert_eq!(*held > 0, !of_nobody.contains(&table.as_str()), "{table}");
        }
        let arguments = [&DELETE[..], &arguments].concat();
        let output = installation.organization(&arguments, answers);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains("northwind is deleted"));
        for (table, (held, others)) in installation.rows(northwind).await {
            assert_eq!(held, 0, "{table}");
            assert_eq!(others, before[&table].1, "{table} of the others");
        }
        // Nor anywhere else by its id: in a text, in JSON.
        for table in before.keys() {
            let sql =
                format!("SELECT count(*) FROM {table} it WHERE it::text LIKE '%{northwind}%'");
            assert_eq!(
                value::<i64, _>(&installation.superuser, &sql).await,
                0,
                "{table}"
            );
        }
        assert_eq!(
            installation.objects(),
            [installation.folder.join("storage/alpine/a/1.jpg")]
        );
        let output = installation.organization(&arguments, answers);
        assert!(text(&output.stderr).contains("there is no organization with the slug northwind"));
    }
}

#[tokio::test]
async fn without_the_slug_twice_nothing_is_deleted() {
    let installation = Installation::new("kept").await;
    let sql = "SELECT id FROM organizations WHERE slug = 'northwind'";
    let northwind: Uuid = value(&installation.superuser, sql).await;
    let before = installation.rows(northwind).await;
    let objects = installation.objects();
    for (arguments, answers) in [
        (vec![], ""),
        (vec![], "\n\n"),
        (vec![], "yes\nyes\n"),
        (vec![], "alpine\nalpine\n"),
        (vec![], "northwind\n"),
        (vec![], "northwind\nno\n"),
        (vec![], "northwind\n\nnorthwind\n"),
        (vec!["--yes", "alpine"], "northwind\nnorthwind\n"),
        (vec!["--yes", ""], "northwind\nnorthwind\n"),
        (vec!["--yes"], "northwind\nnorthwind\n"),
    ] {
        let output = installation.organization(&[&DELETE[..], &arguments].concat(), answers);
        assert!(!output.status.success(), "{arguments:?} {answers:?}");
        let said = text(&output.stderr);
        let parsed = arguments != ["--yes"];
        assert_eq!(said.contains("nothing was deleted"), parsed, "{said}");
    }
    assert_eq!(installation.rows(northwind).await, before);
    assert_eq!(installation.objects(), objects);
}

#[tokio::test]
async fn an_operator_lists_organizations_and_changes_what_they_pay_for() {
    let installation = Installation::new("listed").await;
    let listed = installation.organization(&["list"], "");
    assert!(listed.status.success(), "{}", text(&listed.stderr));
    let listed = text(&listed.stdout);
    let slugs: Vec<&str> = listed
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(slugs, ["alpine", "harbor", "northwind"]);
    let harbor = listed
        .lines()
        .find(|line| line.starts_with("harbor"))
        .unwrap();
    let words: Vec<&str> = harbor.split_whitespace().collect();
    assert_eq!(words[1..6], ["trial", "yes", "1/5", "0/3", "0.00/10.00"]);

    let set = |changes: &[&str]| {
        let arguments = [&["set", "--organization", "harbor"][..], changes].concat();
        installation.organization(&arguments, "")
    };
    let output = set(&[
        "--tier",
        "enterprise",
        "--max-users",
        "7",
        "--active",
        "false",
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let now: Vec<String> = column(
        &installation.superuser,
        "SELECT concat_ws(' ', subscription_tier, max_users, max_projects, is_active) FROM organizations WHERE slug = 'harbor'",
    )
    .await;
    assert_eq!(now, ["enterprise 7 3 f"]);
    let told: serde_json::Value = value(
        &installation.superuser,
        "SELECT metadata FROM audit_logs WHERE action = 'organization.set' AND actor_id IS NULL",
    )
    .await;
    assert_eq!(
        (
            &told["before"]["subscription_tier"],
            &told["after"]["max_users"]
        ),
        (&"trial".into(), &7.into())
    );
    for wrong in [
        &[][..],
        &["--tier", "gold"],
        &["--max-users", "0"],
        &["--max-storage-gb", "much"],
    ] {
        assert!(!set(wrong).status.success(), "{wrong:?}");
    }
}
