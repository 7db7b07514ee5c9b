//! The demo: two organizations with a believable autumn of work in them, and a third that is empty. The same call twice
//! changes nothing, for every id is made of a name, every time is fixed, and every INSERT leaves what is there alone.

mod canvas;
mod documents;
mod findings;
mod photographs;
mod picture;
mod storage;
mod visits;

use std::path::Path;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement,
    TransactionTrait, Value,
};
use uuid::Uuid;

use super::{Error, months};
use crate::auth::password::hash_new;

/// The password of everyone in the demo who signs in with one. Nothing outside of the demo has a default password.
pub const PASSWORD: &str = "fieldgraph-demo";

/// What a newcomer is told.
#[derive(Debug, Clone)]
pub struct Demo {
    /// Who is there.
    pub organizations: Vec<DemoOrganization>,
    /// The password of all users.
    pub password: &'static str,
}

/// An organization of the demo.
#[derive(Debug, Clone)]
pub struct DemoOrganization {
    /// Its short code.
    pub slug: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Who can sign in with the demo password.
    pub users: Vec<DemoUser>,
}

/// Somebody who can sign in.
#[derive(Debug, Clone)]
pub struct DemoUser {
    /// The address to sign in with.
    pub email: String,
    /// First and last name.
    pub name: String,
    /// The names of their roles.
    pub roles: Vec<String>,
}

/// An organization, and the SQL files that fill it, in order.
struct Script {
    slug: &'static str,
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
}

const INPUT: &str = include_str!("demo/input.sql");
const PHOTOS: (&str, &str) = ("photos", include_str!("demo/photos.sql"));
const CHUNKS: (&str, &str) = ("document chunks", include_str!("demo/knowledge.sql"));

const USERS: &str = "
    SELECT person.email, concat_ws(' ', person.first_name, person.last_name) AS name, array_agg(role.name ORDER BY role.name) AS roles
    FROM users person
    JOIN user_roles given ON given.organization_id = person.organization_id AND given.user_id = person.id
    JOIN roles role ON role.id = given.role_id
    WHERE person.email LIKE '%@' || $1 || '.example' AND person.password_hash IS NOT NULL AND person.is_active AND person.deleted_at IS NULL
    GROUP BY person.email, person.first_name, person.last_name
    ORDER BY min(role.name) <> 'admin', person.email";

const SCRIPTS: [Script; 3] = [
    Script {
        slug: "northwind",
        name: "Northwind Roofing",
        files: &[
            (
                "people and projects",
                include_str!("demo/northwind/tenancy.sql"),
            ),
            PHOTOS,
            ("assessments", include_str!("demo/northwind/validation.sql")),
            ("documents", include_str!("demo/northwind/knowledge.sql")),
            CHUNKS,
            ("agents", include_str!("demo/northwind/agents.sql")),
            ("uploads", include_str!("demo/northwind/uploads.sql")),
            ("audit trail", include_str!("demo/northwind/audit.sql")),
        ],
    },
    Script {
        slug: "alpine",
        name: "Alpine Conformity",
        files: &[
            (
                "people and projects",
                include_str!("demo/alpine/tenancy.sql"),
            ),
            PHOTOS,
            ("assessments", include_str!("demo/alpine/validation.sql")),
            ("documents", include_str!("demo/alpine/knowledge.sql")),
            CHUNKS,
            ("agents", include_str!("demo/alpine/agents.sql")),
            ("uploads", include_str!("demo/alpine/uploads.sql")),
            ("audit trail", include_str!("demo/alpine/audit.sql")),
        ],
    },
    Script {
        slug: "harbor",
        name: "Harbor Inspections",
        files: &[(
            "people and projects",
            include_str!("demo/harbor/tenancy.sql"),
        )],
    },
];

/// Makes the demo in the owner's database and the storage folder.
pub async fn demo(owner: &DatabaseConnection, storage: &Path) -> Result<Demo, Error> {
    months::make(owner, "'2026-09-01'", "'2026-11-30'").await?;
    let password_hash = off_the_event_loop(|| Ok(hash_new(PASSWORD)?)).await?;
    let mut organizations = Vec::new();
    for script in &SCRIPTS {
        let slug = script.slug;
        let folder = storage.join(slug);
        // Files first: a row that says that its picture is stored tells the truth at any time.
        let (photos, documents) = off_the_event_loop(move || store(slug, &folder)).await?;
        let input = vec![
            password_hash.clone().into(),
            photos.into(),
            documents.into(),
        ];
        organizations.push(organization(owner, script, input).await?);
    }
    Ok(Demo {
        organizations,
        password: PASSWORD,
    })
}

/// Drawing and hashing take long enough to hold up everything else that runs on the thread.
async fn off_the_event_loop<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await?
}

/// Writes an organization's files, and answers the rows of its photos and documents.
fn store(slug: &str, folder: &Path) -> Result<(serde_json::Value, serde_json::Value), Error> {
    let texts = documents::texts(slug);
    for text in texts {
        storage::keep(folder, text.key, text.content.as_bytes())?;
    }
    let mut rows = Vec::new();
    for photograph in photographs::develop(slug, &visits::visits(slug))? {
        if let Some(file) = &photograph.file {
            storage::keep(folder, &photograph.key, file)?;
        }
        rows.push(photograph.row);
    }
    Ok((rows.into(), documents::rows(texts)))
}

/// Fills one organization in one transaction.
async fn organization(
    owner: &DatabaseConnection,
    script: &Script,
    input: Vec<Value>,
) -> Result<DemoOrganization, Error> {
    let slug = script.slug;
    let id = Uuid::new_v5(&Uuid::NAMESPACE_DNS, format!("{slug}.example").as_bytes());
    let refused = |task: &str| Error::database(format!("{task} of {slug}"));
    let transaction = owner.begin().await.map_err(refused("begin the demo"))?;
    begin(&transaction, slug, id, input)
        .await
        .map_err(refused("hand over the input"))?;
    let taken = "SELECT 1 FROM organizations WHERE (slug = $1 OR name = $2) AND id <> $3";
    let names = [slug.into(), script.name.into(), id.into()];
    let stranger = transaction
        .query_one_raw(statement(taken, names))
        .await
        .map_err(refused("look for the name"))?;
    if stranger.is_some() {
        return Err(Error::OrganizationTaken { slug: slug.into() });
    }
    for (what, sql) in script.files {
        transaction
            .execute_unprepared(sql)
            .await
            .map_err(refused(&format!("make the {what}")))?;
    }
    let users = users(&transaction, slug)
        .await
        .map_err(refused("read the users"))?;
    transaction
        .commit()
        .await
        .map_err(refused("commit the demo"))?;
    Ok(DemoOrganization {
        slug,
        name: script.name,
        users,
    })
}

/// Sets the tenant, and puts the input where the SQL files read it.
async fn begin(
    transaction: &DatabaseTransaction,
    slug: &str,
    id: Uuid,
    input: Vec<Value>,
) -> Result<(), DbErr> {
    // Both are this module's own words, so that putting them into the text is safe.
    let prepare = INPUT
        .replace("{organization}", &id.to_string())
        .replace("{slug}", slug);
    let scope = format!("SET LOCAL app.organization_id = '{id}'; SET LOCAL TimeZone = 'UTC'");
    transaction
        .execute_unprepared(&format!("{scope}; {prepare}"))
        .await?;
    let insert = "INSERT INTO demo_input (password_hash, photos, documents) VALUES ($1, $2, $3)";
    transaction.execute_raw(statement(insert, input)).await?;
    Ok(())
}

/// Everyone who can sign in with the demo password.
async fn users(transaction: &DatabaseTransaction, slug: &str) -> Result<Vec<DemoUser>, DbErr> {
    let found = transaction
        .query_all_raw(statement(USERS, [slug.into()]))
        .await?;
    found
        .iter()
        .map(|row| {
            Ok(DemoUser {
                email: row.try_get("", "email")?,
                name: row.try_get("", "name")?,
                roles: row.try_get("", "roles")?,
            })
        })
        .collect()
}

fn statement(sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}
