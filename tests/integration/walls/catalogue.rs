//! The tables as the catalogue has them, and what the tests know of each: a new table must find its line here.

use std::collections::BTreeSet;

use sea_orm::DatabaseConnection;
use support::{column, rows};
use uuid::Uuid;

use crate::privileges::Columns;

/// Under what the rows of a table hang; the expressions find the project by way of the row's own parents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Circle {
    /// Under the organization: everybody of it sees them.
    Organization,
    /// Under a person: nobody else sees them, whatever their role.
    Person(&'static str),
    /// Under a person: of the others nobody sees them, but admins do.
    Own(&'static str),
    /// Under a project and a person: of its members nobody else sees them, but admins do.
    Private(&'static str),
    /// Under a project, always.
    Project(&'static str),
    /// Under a project or, where the expression is null, under the organization.
    Optional(&'static str),
}

use Circle::{Optional, Organization, Own, Person, Private, Project};

const ITS: &str = "it.project_id";
const OF_PHOTO: &str = "(SELECT parent.project_id FROM photos parent
  WHERE (parent.organization_id, parent.id) = (it.organization_id, it.photo_id))";
const OF_ASSESSMENT: &str = "(SELECT parent.project_id FROM assessments parent
  WHERE (parent.organization_id, parent.id) = (it.organization_id, it.assessment_id))";
const OF_DOCUMENT: &str = "(SELECT parent.project_id FROM documents parent
  WHERE (parent.organization_id, parent.id) = (it.organization_id, it.document_id))";
const OF_CONVERSATION: &str = "(SELECT parent.project_id FROM conversations parent
  WHERE (parent.organization_id, parent.id) = (it.organization_id, it.conversation_id))";
const OF_SESSION: &str = "(SELECT parent.project_id FROM sync_sessions parent
  WHERE (parent.organization_id, parent.id) = (it.organization_id, it.session_id))";

/// Every tenant table, its circle, and what a copy of a row must change to be a row of its own, but for its id.
const KNOWN: &[(&str, Circle, &str)] = &[
    ("organizations", Organization, ""),
    (
        "users",
        Organization,
        "'email', 'copy@copy.test', 'username', 'copy', 'auth_provider_id', null",
    ),
    (
        "user_roles",
        Organization,
        "'role_id', (SELECT id FROM roles WHERE name = 'worker')",
    ),
    ("roles", Organization, "'name', 'copy'"),
    (
        "role_permissions",
        Organization,
        "'permission_id', (SELECT id FROM permissions WHERE name = 'photos:write')",
    ),
    ("projects", Project("it.id"), "'name', 'Copy'"),
    (
        "project_members",
        Project(ITS),
        "'user_id', (SELECT id FROM users WHERE organization_id = it.organization_id AND username LIKE '%.outsider')",
    ),
    ("quota_usages", Organization, ""),
    ("audit_logs", Organization, ""),
    (
        "refresh_tokens",
        Organization,
        "'token_hash', repeat('copy', 8)",
    ),
    ("idempotency_keys", Person("it.user_id"), "'key', 'copy'"),
    ("photos", Project(ITS), "'s3_key', 'copy'"),
    ("detections", Project(OF_PHOTO), ""),
    ("tags", Project(OF_PHOTO), "'tag', 'copy'"),
    ("processing_events", Project(OF_PHOTO), ""),
    ("workflows", Organization, ""),
    ("buckets", Organization, ""),
    ("criteria", Organization, ""),
    ("assessments", Optional(ITS), ""),
    ("assessment_documents", Optional(OF_ASSESSMENT), ""),
    (
        "assessment_results",
        Optional(OF_ASSESSMENT),
        "'criterion_id', (SELECT id FROM criteria WHERE organization_id = it.organization_id AND name = 'spare')",
    ),
    ("documents", Optional(ITS), ""),
    (
        "document_chunks",
        Optional(OF_DOCUMENT),
        "'chunk_index', 99",
    ),
    (
        "document_permissions",
        Optional(OF_DOCUMENT),
        "'permission_type', 'delete'",
    ),
    ("query_logs", Own("it.user_id"), ""),
    ("agent_configs", Optional(ITS), ""),
    ("conversations", Private(ITS), ""),
    ("messages", Private(OF_CONVERSATION), ""),
    (
        "cycles",
        Project(ITS),
        "'cycle_name', 'Copy', 'cycle_number', 99",
    ),
    (
        "sync_sessions",
        Project(ITS),
        "'total_files', 0, 'total_size_bytes', 0",
    ),
    ("file_uploads", Project(OF_SESSION), "'file_path', 'copy'"),
];

/// A tenant table with all its rows, as the superuser sees them.
#[derive(Clone, Debug)]
pub struct Table {
    pub name: String,
    /// The column that holds the organization.
    pub tenant: &'static str,
    pub circle: Circle,
    /// SQL for the key of a row as one text.
    pub key: String,
    /// Its columns, but for the generated ones.
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
}

/// A row, and where it hangs.
#[derive(Clone, Debug)]
pub struct Row {
    pub key: String,
    /// None for what is everybody's: built-in roles.
    pub organization: Option<Uuid>,
    pub project: Option<Uuid>,
    /// Who alone sees it.
    pub person: Option<Uuid>,
    /// And admins.
    pub with_admins: bool,
    /// A row like this one with a key of its own, as JSON.
    pub copy: String,
}

/// Every tenant table of the catalogue; fails by name for one that has no line above, and for a line without a table.
pub async fn tables(superuser: &DatabaseConnection) -> Vec<Table> {
    let names = column::<String, _>(
        superuser,
        "SELECT relname::text FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
           AND (relname = 'organizations' OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'organization_id'))",
    )
    .await;
    let found: BTreeSet<_> = names.iter().map(String::as_str).collect();
    let known: BTreeSet<_> = KNOWN.iter().map(|(table, ..)| *table).collect();
    assert_eq!(
        found, known,
        "the tenant tables of the schema (left) and those that the tests know (right)"
    );
    let mut tables = Vec::new();
    for (name, circle, fresh) in KNOWN {
        tables.push(table(superuser, name, *circle, fresh).await);
    }
    tables
}

async fn table(superuser: &DatabaseConnection, name: &str, circle: Circle, fresh: &str) -> Table {
    let tenant = if name == "organizations" {
        "id"
    } else {
        "organization_id"
    };
    let key: Vec<String> = column(
        superuser,
        &format!(
            "SELECT attname::text FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
             WHERE indrelid = '{name}'::regclass AND indisprimary ORDER BY array_position(indkey, attnum)"
        ),
    )
    .await;
    let key = format!("concat_ws('/', {})", key.join(", "));
    let columns: Vec<String> = column(
        superuser,
        &format!(
            "SELECT attname::text FROM pg_attribute
             WHERE attrelid = '{name}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"
        ),
    )
    .await;
    let (project, person) = match circle {
        Organization => ("NULL::uuid", "NULL::uuid"),
        Project(project) | Optional(project) => (project, "NULL::uuid"),
        Person(person) | Own(person) => ("NULL::uuid", person),
        Private(project) => (project, "it.user_id"),
    };
    let id = if columns.iter().any(|column| column == "id") {
        "'id', gen_random_uuid()"
    } else {
        ""
    };
    let rows = rows(
        superuser,
        &format!(
            "SELECT {key}, it.{tenant}, {project}, {person}, (to_jsonb(it) || jsonb_build_object({id}) || jsonb_build_object({fresh}))::text
             FROM {name} it ORDER BY 1"
        ),
    )
    .await
    .iter()
    .map(|row| Row {
        key: row.try_get_by_index(0).unwrap(),
        organization: row.try_get_by_index(1).unwrap(),
        project: row.try_get_by_index(2).unwrap(),
        person: row.try_get_by_index(3).unwrap(),
        with_admins: matches!(circle, Private(_) | Own(_)),
        copy: row.try_get_by_index(4).unwrap(),
    })
    .collect();
    Table {
        name: name.to_owned(),
        tenant,
        circle,
        key,
        columns,
        rows,
    }
}

impl Table {
    /// The first row of each circle of an organization: one a project (or a person, or both), and one without.
    pub fn samples(&self, organization: Uuid) -> Vec<&Row> {
        let mut seen = BTreeSet::new();
        self.rows
            .iter()
            .filter(|row| {
                row.organization == Some(organization) && seen.insert((row.project, row.person))
            })
            .collect()
    }

    /// The columns of this table that a privilege reaches.
    pub fn reached(&self, privilege: Columns) -> Vec<&str> {
        let columns: Vec<_> = self.columns.iter().map(String::as_str).collect();
        privilege.of(&columns)
    }

    /// A statement that inserts a copy, given as its only parameter. Without any column that may be inserted it tries all.
    pub fn insert(&self, privilege: Columns) -> String {
        let columns = if privilege.any() {
            self.reached(privilege)
        } else {
            self.reached(Columns::All)
        }
        .join(", ");
        format!(
            "INSERT INTO {0} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{0}, $1::jsonb)",
            self.name
        )
    }

    /// A column to change in an attack: one that may be changed, if there is any.
    pub fn changed(&self, privilege: Columns) -> &str {
        match privilege {
            Columns::Only(some) => some[0],
            Columns::None | Columns::All => "created_at",
        }
    }
}
