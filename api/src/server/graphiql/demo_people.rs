//! Who the people of the demo are at this moment: read when the page asks, for their roles may have changed, and with them the
//! version that their tokens must have.

use sea_orm::{ConnectionTrait, DbErr, Statement, TransactionTrait};
use uuid::Uuid;

use super::demo::DemoOrganization;
use crate::database::{DatabaseRole, GatewayPools};

/// Somebody who can sign in.
pub(super) struct Person {
    pub(super) id: Uuid,
    /// First and last name.
    pub(super) name: String,
    pub(super) roles: Vec<String>,
    pub(super) version: i32,
}

/// The organization's name and all of its invented people, admins first.
pub(super) async fn of(
    organization: &DemoOrganization,
    pools: &GatewayPools,
) -> Result<(String, Vec<Person>), DbErr> {
    let tenant = pools.of(DatabaseRole::Admin).begin().await?;
    let backend = tenant.get_database_backend();
    tenant
        .execute_raw(Statement::from_sql_and_values(
            backend,
            "SELECT set_config('app.organization_id', $1, true)",
            [organization.id.to_string().into()],
        ))
        .await?;
    // An organization that merely has the slug of the demo's has no people with such addresses.
    let rows = tenant
        .query_all_raw(Statement::from_sql_and_values(
            backend,
            "SELECT organization.name AS organization, person.id, person.token_version,
               concat_ws(' ', person.first_name, person.last_name) AS name,
               ARRAY(SELECT role.name FROM user_roles given JOIN roles role ON role.id = given.role_id
                     WHERE given.organization_id = person.organization_id AND given.user_id = person.id ORDER BY role.name) AS roles
             FROM users person
             JOIN organizations organization ON organization.id = person.organization_id
             WHERE person.organization_id = $1 AND person.email LIKE '%@' || $2 || '.example'
               AND person.is_active AND person.deleted_at IS NULL
             ORDER BY EXISTS (SELECT FROM user_roles given JOIN roles role ON role.id = given.role_id
                              WHERE given.organization_id = person.organization_id AND given.user_id = person.id AND role.name = 'admin') DESC,
               name, person.id",
            [organization.id.into(), organization.slug.as_str().into()],
        ))
        .await?;
    tenant.commit().await?;
    let mut name = String::new();
    let mut people = Vec::new();
    for row in rows {
        name = row.try_get("", "organization")?;
        people.push(Person {
            id: row.try_get("", "id")?,
            name: row.try_get("", "name")?,
            roles: row.try_get("", "roles")?,
            version: row.try_get("", "token_version")?,
        });
    }
    Ok((name, people))
}
