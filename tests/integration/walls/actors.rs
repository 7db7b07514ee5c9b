//! Who attacks: an admin, a member, and those who are neither.

use std::collections::BTreeSet;

use fieldgraph::database::{DatabaseRole, GatewayPools};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction};
use support::{Caller, TestDatabase, column, value};
use uuid::Uuid;

use super::catalogue::{Row, Table, tables};

/// Somebody of an organization, and what they may see of it.
#[derive(Clone, Debug)]
pub struct Actor {
    pub name: String,
    pub role: DatabaseRole,
    pub organization: Uuid,
    pub user: Option<Uuid>,
    projects: BTreeSet<Uuid>,
}

impl Actor {
    /// Reads the memberships as the superuser.
    pub async fn new(
        superuser: &DatabaseConnection,
        name: &str,
        role: DatabaseRole,
        organization: Uuid,
        user: Option<Uuid>,
    ) -> Self {
        let projects = match user {
            None => BTreeSet::new(),
            Some(user) => column::<Uuid, _>(
                superuser,
                &format!(
                    "SELECT project_id FROM project_members WHERE organization_id = '{organization}' AND user_id = '{user}'"
                ),
            )
            .await
            .into_iter()
            .collect(),
        };
        Self {
            name: name.to_owned(),
            role,
            organization,
            user,
            projects,
        }
    }

    /// Whether a row is within the walls around them, or everybody's.
    pub fn may_see(&self, row: &Row) -> bool {
        row.organization.is_none() || self.may_write(row)
    }

    /// Whether a row is within the walls around them.
    pub fn may_write(&self, row: &Row) -> bool {
        row.organization == Some(self.organization)
            && (row.person.is_none_or(|person| self.user == Some(person))
                || row.with_admins && self.role == DatabaseRole::Admin)
            && (self.role == DatabaseRole::Admin
                || row
                    .project
                    .is_none_or(|project| self.projects.contains(&project)))
    }

    /// What the gateway says of them, with or without the tenant.
    pub fn caller(&self, with_tenant: bool) -> Caller {
        Caller {
            role: self.role,
            organization: with_tenant.then_some(self.organization),
            user: self.user,
        }
    }
}

/// Two organizations of the same shape (`world.sql`), and everybody who can attack from the first.
pub struct World {
    pub database: TestDatabase,
    pub superuser: DatabaseConnection,
    pub pools: GatewayPools,
    pub tables: Vec<Table>,
    pub own: Uuid,
    pub other: Uuid,
    /// The project of `own` where the member is not.
    pub closed: Uuid,
    /// The project of `own` where the member is.
    pub shared: Uuid,
    pub actors: Vec<Actor>,
}

impl World {
    pub async fn new() -> Self {
        let database = TestDatabase::migrated().await;
        let superuser = database.superuser().await;
        superuser
            .execute_unprepared(include_str!("world.sql"))
            .await
            .expect("the world");
        let organization = |slug| {
            let superuser = &superuser;
            async move {
                let sql = format!("SELECT id FROM organizations WHERE slug = '{slug}'");
                value::<Uuid, _>(superuser, &sql).await
            }
        };
        let project = |name| {
            let superuser = &superuser;
            async move {
                let sql = format!(
                    "SELECT project.id FROM projects project JOIN organizations ON organizations.id = organization_id
                     WHERE slug = 'north' AND project.name = '{name}'"
                );
                value::<Uuid, _>(superuser, &sql).await
            }
        };
        let own = organization("north").await;
        let mut actors = Vec::new();
        for (name, role, username) in [
            ("an admin", DatabaseRole::Admin, Some("north.admin")),
            ("a member", DatabaseRole::Member, Some("north.member")),
            ("a non-member", DatabaseRole::Member, Some("north.outsider")),
            // Whoever mixes up the two settings finds no membership.
            (
                "a member of the other organization",
                DatabaseRole::Member,
                Some("south.member"),
            ),
            ("nobody", DatabaseRole::Member, None),
        ] {
            let user = match username {
                None => None,
                Some(username) => {
                    let sql = format!("SELECT id FROM users WHERE username = '{username}'");
                    Some(value::<Uuid, _>(&superuser, &sql).await)
                }
            };
            actors.push(Actor::new(&superuser, name, role, own, user).await);
        }
        Self {
            own,
            other: organization("south").await,
            closed: project("Closed").await,
            shared: project("Shared").await,
            tables: tables(&superuser).await,
            pools: database.gateway(),
            actors,
            superuser,
            database,
        }
    }

    /// A transaction of the gateway for an actor.
    pub async fn transaction(&self, actor: &Actor, with_tenant: bool) -> DatabaseTransaction {
        self.database
            .transaction(&self.pools, actor.caller(with_tenant))
            .await
    }

    pub fn actor(&self, name: &str) -> &Actor {
        self.actors
            .iter()
            .find(|actor| actor.name == name)
            .expect("an actor of that name")
    }

    pub fn table(&self, name: &str) -> &Table {
        self.tables
            .iter()
            .find(|table| table.name == name)
            .expect("a table of that name")
    }
}
