//! `fieldgraph user`: the first admin of an organization. There is no default password, so it is asked for.

use std::io::{BufRead, IsTerminal, Write};

use clap::{Args, Subcommand};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, SqlErr, Statement, TransactionTrait};
use uuid::Uuid;

use super::Failure;
use crate::auth::password::hash_new;
use crate::database::Databases;
use crate::settings::Settings;

/// What to do with users.
#[derive(Subcommand)]
pub enum Action {
    /// Make an admin, and the organization if it is a new one; asks for the password (or reads it from standard input)
    CreateAdmin(CreateAdmin),
}

/// The admin to make.
#[derive(Args)]
pub struct CreateAdmin {
    /// Slug of the organization; a new one is made when --organization-name is given
    #[arg(long, value_name = "SLUG")]
    organization: String,
    /// Name of the organization to make
    #[arg(long, value_name = "NAME")]
    organization_name: Option<String>,
    /// Address of the admin
    #[arg(long, value_name = "EMAIL")]
    email: String,
    /// Name to sign in with [default: the address]
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
}

pub(super) async fn run(settings: &Settings, action: Action) -> Result<(), Failure> {
    let Action::CreateAdmin(wanted) = action;
    let password = ask_for_password()?;
    let hash = tokio::task::spawn_blocking(move || hash_new(&password))
        .await
        .map_err(|_| crate::database::DatabaseError::Interrupted)??;
    let databases = Databases::open(settings).await?;
    let done = create(&databases, &wanted, hash).await;
    databases.close().await;
    let user = done?;
    writeln!(
        std::io::stdout(),
        "{} is an admin of {} (user {user})",
        wanted.email,
        wanted.organization
    )?;
    Ok(())
}

async fn create(
    databases: &Databases,
    wanted: &CreateAdmin,
    hash: String,
) -> Result<Uuid, Failure> {
    super::migrate::bring_private_up_to_date(databases).await?;
    let owner = databases.connect_owner().await?;
    let user = insert(&owner, wanted, hash).await?;
    owner.close().await?;
    Ok(user)
}

/// The organization, the user, their role and the audit row: all of it or nothing.
async fn insert(
    owner: &DatabaseConnection,
    wanted: &CreateAdmin,
    hash: String,
) -> Result<Uuid, Failure> {
    let backend = owner.get_database_backend();
    let transaction = owner.begin().await?;
    let organization = match &wanted.organization_name {
        Some(name) => {
            let id = Uuid::now_v7();
            transaction
                .execute_raw(Statement::from_sql_and_values(
                    backend,
                    "INSERT INTO organizations (id, name, slug) VALUES ($1, $2, $3)",
                    [
                        id.into(),
                        name.as_str().into(),
                        wanted.organization.as_str().into(),
                    ],
                ))
                .await
                .map_err(|error| explain_organization(wanted, error))?;
            id
        }
        None => super::token::find_organization(owner, &wanted.organization).await?,
    };
    transaction
        .execute_unprepared(&format!("SET LOCAL app.organization_id = '{organization}'"))
        .await?;
    let user = Uuid::now_v7();
    transaction
        .execute_raw(Statement::from_sql_and_values(
            backend,
            "INSERT INTO users (id, organization_id, email, username, password_hash, is_email_verified) VALUES ($1, $2, $3, $4, $5, true)",
            [
                user.into(),
                organization.into(),
                wanted.email.as_str().into(),
                wanted.username.as_ref().unwrap_or(&wanted.email).as_str().into(),
                hash.into(),
            ],
        ))
        .await
        .map_err(|error| explain_user(wanted, error))?;
    transaction
        .execute_raw(Statement::from_sql_and_values(
            backend,
            "WITH given AS (
               INSERT INTO user_roles (organization_id, user_id, role_id) SELECT $1, $2, id FROM roles WHERE name = 'admin'
             )
             INSERT INTO audit_logs (organization_id, action, resource_type, resource_id, metadata)
             VALUES ($1, 'user.create_admin', 'user', $2, jsonb_build_object('email', $3::text))",
            [
                organization.into(),
                user.into(),
                wanted.email.as_str().into(),
            ],
        ))
        .await?;
    transaction.commit().await?;
    Ok(user)
}

fn explain_organization(wanted: &CreateAdmin, error: DbErr) -> Failure {
    match (error.sql_err(), error.to_string()) {
        (Some(SqlErr::UniqueConstraintViolation(_)), _) => Failure::Invalid {
            what: "slug or name",
            rule: "there is one already; leave --organization-name out to add an admin to it",
        },
        (_, text) if text.contains("organizations_slug_format") => Failure::Invalid {
            what: "slug",
            rule: "lower-case letters, digits and single dashes, at most 50",
        },
        (_, text) if text.contains("organizations_name_length") => Failure::Invalid {
            what: "name",
            rule: "between 1 and 255 characters",
        },
        _ => {
            tracing::debug!(slug = wanted.organization, "organization refused");
            error.into()
        }
    }
}

fn explain_user(wanted: &CreateAdmin, error: DbErr) -> Failure {
    match (error.sql_err(), error.to_string()) {
        (Some(SqlErr::UniqueConstraintViolation(_)), _) => Failure::UserExists {
            email: wanted.email.clone(),
        },
        (_, text) if text.contains("users_email_format") => Failure::Invalid {
            what: "admin's address",
            rule: "it is no email address",
        },
        _ => error.into(),
    }
}

/// Twice at a terminal, unseen; one line of standard input elsewhere.
fn ask_for_password() -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    loop {
        let password = rpassword::prompt_password("Password: ")?;
        if rpassword::prompt_password("Again: ")? == password {
            return Ok(password);
        }
        writeln!(std::io::stdout(), "These were not the same, once more.")?;
    }
}
