//! Whether the demo is there, so that GraphiQL may ask as its people.

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use super::Failure;
use crate::server::graphiql::DemoOrganization;

/// The two organizations of the demo that have something to show; the first is what the page begins with.
const ORGANIZATIONS: [&str; 2] = ["northwind", "alpine"];

/// Those that are there and have invented people: an organization that merely has the slug of the demo's is somebody's.
pub(super) async fn organizations(
    owner: &DatabaseConnection,
) -> Result<Vec<DemoOrganization>, Failure> {
    let mut organizations = Vec::new();
    for slug in ORGANIZATIONS {
        let id = match super::token::find_organization(owner, slug).await {
            Err(Failure::NoOrganization { .. }) => continue,
            found => found?,
        };
        let tenant = super::tenant::begin(owner, id).await?;
        let invented = tenant
            .query_one_raw(Statement::from_sql_and_values(
                owner.get_database_backend(),
                "SELECT FROM users WHERE organization_id = $1 AND email LIKE '%@' || $2 || '.example' LIMIT 1",
                [id.into(), slug.into()],
            ))
            .await?;
        tenant.commit().await?;
        if invented.is_some() {
            let slug = slug.to_owned();
            organizations.push(DemoOrganization { id, slug });
        }
    }
    Ok(organizations)
}
