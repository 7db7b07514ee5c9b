//! The documentation that is generated: from the live schema, from the graph and from the settings, so that it cannot lie.
//!
//! The pages are the same on every day, with every supported PostgreSQL and with or without the optional extensions, so
//! that `fieldgraph docs --check` only finds what really changed.

mod configuration;
mod dictionary;
mod er_diagram;
mod expression;
mod markdown;
mod permissions;
mod schema;

use entity::catalogue::{Table, tables};
use sea_orm::{DatabaseConnection, DbErr};
use thiserror::Error;

use schema::Schema;

/// A file of the documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Name of the file.
    pub name: &'static str,
    /// What is in it: Markdown.
    pub text: String,
}

/// Why the documentation cannot be generated.
#[derive(Debug, Error)]
pub enum DocumentationError {
    /// The catalogue cannot be read.
    #[error("cannot read the catalogue of the database: {0}")]
    Catalogue(#[from] DbErr),
    /// The database has a table or a view that is in no domain.
    #[error("the database has {names}, which no entity knows: add it to entity::catalogue")]
    Unknown {
        /// Which ones.
        names: String,
    },
    /// There is an entity whose table the database lacks.
    #[error(
        "the database lacks {names}, for which there are entities: run `fieldgraph migrate up`"
    )]
    Missing {
        /// Which ones.
        names: String,
    },
}

/// Reads the schema as its owner and writes every page; the settings are in the description of the command line.
pub async fn generate(
    owner: &DatabaseConnection,
    command_line: &clap::Command,
) -> Result<Vec<Page>, DocumentationError> {
    let known = tables();
    let schema = Schema::read(owner).await?;
    compare(&known, &schema)?;
    Ok(vec![
        dictionary::page(&known, &schema),
        er_diagram::page(&known, &schema),
        configuration::page(command_line.clone()),
        permissions::page(owner).await?,
    ])
}

/// The entities and the database must know the same tables and views.
fn compare(known: &[Table], schema: &Schema) -> Result<(), DocumentationError> {
    let unknown = list(
        schema
            .relations
            .iter()
            .map(|relation| relation.name.as_str()),
        |name| known.iter().any(|table| table.name == name),
    );
    if let Some(names) = unknown {
        return Err(DocumentationError::Unknown { names });
    }
    let missing = list(known.iter().map(|table| table.name), |name| {
        schema.relation(name).is_some()
    });
    match missing {
        Some(names) => Err(DocumentationError::Missing { names }),
        None => Ok(()),
    }
}

/// The names that were not found, if there are any.
fn list<'a>(names: impl Iterator<Item = &'a str>, found: impl Fn(&str) -> bool) -> Option<String> {
    let lost = names.filter(|name| !found(name)).collect::<Vec<_>>();
    (!lost.is_empty()).then(|| lost.join(", "))
}

/// The domains in their order, each with its tables and views in theirs.
fn domains(known: &[Table]) -> impl Iterator<Item = (&'static str, &[Table])> {
    known
        .chunk_by(|one, next| one.domain == next.domain)
        .filter_map(|tables| Some((tables.first()?.domain, tables)))
}
