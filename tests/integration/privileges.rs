//! What each role of the gateway may do with each table: written here by hand, equal to what PostgreSQL says.

mod table;

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::DatabaseConnection;
use support::{Caller, TestDatabase, column, refusal, rows};

use fieldgraph::database::{DatabaseRole, GATEWAY_ROLE};
pub use table::{Columns, Rights, rights};
use table::{NOTHING, RIGHTS};

/// Every table, view and partition of the schema with its columns; partitions are tables of their own here.
async fn columns_of_tables(database: &DatabaseConnection) -> BTreeMap<String, Vec<String>> {
    let mut tables = BTreeMap::<String, Vec<String>>::new();
    for row in rows(
        database,
        "SELECT relname::text, attname::text
         FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
         ORDER BY relname, attnum",
    )
    .await
    {
        tables
            .entry(row.try_get_by_index(0).unwrap())
            .or_default()
            .push(row.try_get_by_index(1).unwrap());
    }
    tables
}

/// The partitions are reached through their table only.
fn is_partition(table: &str) -> bool {
    table.starts_with("processing_events_")
}

#[tokio::test]
async fn every_table_has_exactly_the_privileges_that_are_written_here() {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    let tables = columns_of_tables(&superuser).await;
    let known: BTreeSet<_> = RIGHTS.iter().map(|(table, ..)| *table).collect();
    let found: BTreeSet<_> = tables.keys().map(String::as_str).collect();
    assert_eq!(
        found
            .into_iter()
            .filter(|table| !is_partition(table))
            .collect::<BTreeSet<_>>(),
        known,
        "the tables of the schema (left) and the table of privileges (right)"
    );

    let granted = granted_columns(&superuser).await;
    let mut wrong = Vec::new();
    for role in [
        DatabaseRole::Admin,
        DatabaseRole::Member,
        DatabaseRole::Keeper,
    ] {
        for (table, columns) in &tables {
            let names: Vec<_> = columns.iter().map(String::as_str).collect();
            let expected = if is_partition(table) {
                NOTHING
            } else {
                rights(table, role)
            };
            for (verb, reach) in [
                ("SELECT", expected.select),
                ("INSERT", expected.insert),
                ("UPDATE", expected.update),
                // A row is deleted whole.
                (
                    "DELETE",
                    if expected.delete {
                        Columns::All
                    } else {
                        Columns::None
                    },
                ),
            ] {
                let expected: BTreeSet<_> =
                    reach.of(&names).into_iter().map(str::to_owned).collect();
                let actual = granted
                    .get(&(role.name().to_owned(), table.clone(), verb.to_owned()))
                    .cloned()
                    .unwrap_or_default();
                if actual != expected {
                    wrong.push(format!(
                        "{} {verb} {table}: not granted {:?}, granted but not written here {:?}",
                        role.name(),
                        expected.difference(&actual).collect::<Vec<_>>(),
                        actual.difference(&expected).collect::<Vec<_>>()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What PostgreSQL says of every role, table and verb: the columns reached.
async fn granted_columns(
    database: &DatabaseConnection,
) -> BTreeMap<(String, String, String), BTreeSet<String>> {
    let mut granted = BTreeMap::<_, BTreeSet<String>>::new();
    for row in rows(
        database,
        "SELECT role, relname::text, verb, attname::text
         FROM pg_class
         JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
         CROSS JOIN unnest(ARRAY['org_admin', 'org_user', 'session_keeper']) AS role
         CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS verb
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
           AND CASE verb WHEN 'DELETE' THEN has_table_privilege(role, pg_class.oid, verb)
               ELSE has_column_privilege(role, pg_class.oid, attnum, verb) END",
    )
    .await
    {
        let text = |index| row.try_get_by_index::<String>(index).unwrap();
        granted
            .entry((text(0), text(1), text(2)))
            .or_default()
            .insert(text(3));
    }
    granted
}

#[tokio::test]
async fn nobody_but_the_owner_has_any_other_privilege() {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    // What stands in the access lists, whoever has it: no TRUNCATE, REFERENCES or TRIGGER, nothing for PUBLIC or the
    // login role, nothing that may be handed on.
    let strange = column::<String, _>(
        &superuser,
        "WITH lists AS (
           SELECT relname::text AS name, relowner AS owner, relacl AS list FROM pg_class
           WHERE relnamespace = 'public'::regnamespace AND relkind <> 'i'
           UNION ALL
           SELECT format('%s.%s', attrelid::regclass, attname), relowner, attacl
           FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace
         )
         SELECT format('%s: %s to %s', name, privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END)
         FROM lists CROSS JOIN LATERAL aclexplode(list)
         WHERE grantee <> owner
           AND (privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') OR is_grantable
                OR grantee NOT IN ('org_admin'::regrole, 'org_user'::regrole, 'session_keeper'::regrole, 'search_keeper'::regrole))
         ORDER BY 1",
    )
    .await;
    assert_eq!(strange, Vec::<String>::new());
}

#[tokio::test]
async fn a_role_may_call_what_policies_and_search_ask_and_one_that_refuses() {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    let callable = |role: &'static str| {
        let superuser = superuser.clone();
        async move {
            // Routines of an extension are operators and types; they touch no table.
            column::<String, _>(
                &superuser,
                &format!(
                    "SELECT proname::text FROM pg_proc
                     WHERE pronamespace = 'public'::regnamespace AND has_function_privilege('{role}', oid, 'EXECUTE')
                       AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')
                     ORDER BY 1"
                ),
            )
            .await
        }
    };
    assert_eq!(callable("public").await, Vec::<String>::new());
    // The usage of a month and what of a workflow is in use are told of the tenant alone.
    let everybodys = [
        "embedding_distance",
        "matching_chunks",
        "matching_documents",
        "organization_usage",
        "question_in_languages",
        "refuse_orphan",
        "text_configuration",
        "workflow_parts_in_use",
    ];
    assert_eq!(callable("org_admin").await, everybodys);
    assert_eq!(callable("session_keeper").await, Vec::<String>::new());
    assert_eq!(callable(GATEWAY_ROLE).await, Vec::<String>::new());
    assert_eq!(
        callable("org_user").await,
        [
            &["caller_audiences", "caller_documents", "caller_was_granted"],
            &everybodys[..]
        ]
        .concat()
    );
}

#[tokio::test]
async fn who_keeps_the_search_knows_identities_and_words_and_owns_two_routines() {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    let reach: Vec<String> = column(
        &superuser,
        "SELECT format('%s %s.%s', verb, relname, attname) FROM pg_class
         JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
         CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) AS verb
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND has_column_privilege('search_keeper', pg_class.oid, attnum, verb)
         ORDER BY 1",
    )
    .await;
    assert_eq!(
        reach,
        [
            "SELECT document_chunks.id",
            "SELECT document_chunks.language",
            "SELECT document_chunks.organization_id",
            "SELECT document_chunks.search_vector",
            "SELECT documents.id",
            "SELECT documents.language",
            "SELECT documents.organization_id",
            "SELECT documents.search_vector",
        ]
    );
    let owned: Vec<String> = column(
        &superuser,
        "SELECT pg_describe_object(classid, objid, objsubid) FROM pg_shdepend
         WHERE deptype = 'o' AND refobjid = 'search_keeper'::regrole AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1",
    )
    .await;
    assert_eq!(
        owned,
        [
            "function matching_chunks(text)",
            "function matching_documents(text)"
        ]
    );
}

#[tokio::test]
async fn the_roles_of_the_gateway_have_no_power_of_their_own() {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    let powerful = column::<String, _>(
        &superuser,
        "SELECT rolname::text FROM pg_roles
         WHERE rolname IN ('org_admin', 'org_user', 'session_keeper', 'search_keeper', 'fieldgraph_gateway')
           AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolinherit AND rolcanlogin)",
    )
    .await;
    assert_eq!(powerful, Vec::<String>::new());
    let memberships = column::<String, _>(
        &superuser,
        "SELECT format('%s in %s', member::regrole, roleid::regrole) FROM pg_auth_members
         WHERE member IN ('org_admin'::regrole, 'org_user'::regrole, 'session_keeper'::regrole, 'search_keeper'::regrole, 'fieldgraph_gateway'::regrole)
            OR roleid = 'search_keeper'::regrole ORDER BY 1",
    )
    .await;
    assert_eq!(
        memberships,
        [
            "fieldgraph_gateway in org_admin",
            "fieldgraph_gateway in org_user",
            "fieldgraph_gateway in session_keeper"
        ]
    );
    let owned = column::<String, _>(
        &superuser,
        "SELECT pg_describe_object(classid, objid, objsubid) FROM pg_shdepend
         WHERE deptype = 'o' AND refobjid IN ('org_admin'::regrole, 'org_user'::regrole, 'session_keeper'::regrole, 'fieldgraph_gateway'::regrole)",
    )
    .await;
    assert_eq!(owned, Vec::<String>::new());
    let makers = column::<String, _>(
        &superuser,
        "SELECT role FROM unnest(ARRAY['org_admin', 'org_user', 'session_keeper', 'search_keeper', 'fieldgraph_gateway']) AS role
         WHERE has_schema_privilege(role, 'public', 'CREATE') OR has_database_privilege(role, current_database(), 'CREATE')",
    )
    .await;
    assert_eq!(makers, Vec::<String>::new());
}

#[tokio::test]
async fn a_password_hash_cannot_be_read_by_any_way_of_asking() {
    let database = TestDatabase::demo().await;
    let pools = database.gateway();
    let organization: uuid::Uuid = support::value(
        &database.superuser().await,
        "SELECT id FROM organizations WHERE slug = 'northwind'",
    )
    .await;
    for role in [DatabaseRole::Admin, DatabaseRole::Member] {
        for statement in [
            "SELECT password_hash FROM users",
            "SELECT * FROM users",
            "SELECT to_jsonb(users) FROM users",
            "SELECT users FROM users",
            "SELECT count(*) FROM users WHERE password_hash LIKE '$argon2%'",
            "SELECT id FROM users ORDER BY password_hash",
            "UPDATE users SET first_name = password_hash",
            "UPDATE users SET first_name = first_name RETURNING password_hash",
        ] {
            let caller = Caller {
                role,
                organization: Some(organization),
                user: None,
            };
            let transaction = database.transaction(&pools, caller).await;
            let error = support::execute(&transaction, statement, [])
                .await
                .expect_err(statement);
            assert_eq!(refusal(&error).code, "42501", "{statement}: {error}");
        }
    }
}

#[tokio::test]
async fn a_member_writes_the_audit_trail_and_cannot_read_it() {
    let database = TestDatabase::demo().await;
    let pools = database.gateway();
    let superuser = database.superuser().await;
    let organization: uuid::Uuid = support::value(
        &superuser,
        "SELECT id FROM organizations WHERE slug = 'northwind'",
    )
    .await;
    let caller = Caller {
        role: DatabaseRole::Member,
        organization: Some(organization),
        user: None,
    };
    let transaction = database.transaction(&pools, caller).await;
    let written = support::execute(
        &transaction,
        "INSERT INTO audit_logs (organization_id, action, resource_type) VALUES ($1, 'looked', 'door')",
        [organization.into()],
    )
    .await
    .unwrap();
    assert_eq!(written, 1);
    transaction.commit().await.unwrap();
    let transaction = database.transaction(&pools, caller).await;
    let error = support::execute(&transaction, "SELECT FROM audit_logs", [])
        .await
        .expect_err("a member reads no audit trail");
    assert_eq!(refusal(&error).code, "42501");
    let kept: i64 = support::value(
        &superuser,
        "SELECT count(*) FROM audit_logs WHERE action = 'looked'",
    )
    .await;
    assert_eq!(kept, 1);
}
