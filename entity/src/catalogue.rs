//! The list of everything: for the tests that hold entities and the live schema together, and for generated documentation.

use sea_orm::{ActiveEnum, ColumnTrait, EntityName, IdenStatic, Iterable, sea_query::ColumnType};

use crate::{Scope, Scoped};

/// Columns of the schema that no entity has, as table and column.
///
/// The search vectors are generated for full-text search and are not read; a password's hash may be written by the
/// gateway but never selected, and an entity selects all of its columns.
pub const UNMAPPED: [(&str, &str); 3] = [
    ("users", "password_hash"),
    ("documents", "search_vector"),
    ("document_chunks", "search_vector"),
];

/// A table or view as its entity sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The module it is in.
    pub domain: &'static str,
    /// Its name in the database.
    pub name: &'static str,
    /// Whether it is a view, to read only.
    pub view: bool,
    /// The column that names the organization, and whose the rows are.
    pub scope: Scope<&'static str>,
    /// What its rows hang under and are hidden with: column and table, the nearest first.
    pub hangs: Vec<(&'static str, &'static str)>,
    /// The key's columns, in its order.
    pub key: Vec<&'static str>,
    /// Its columns, the key first.
    pub columns: Vec<Column>,
}

/// A column as its entity sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name in the database.
    pub name: String,
    /// Whether the entity expects nulls.
    pub nullable: bool,
    /// The type that the entity expects.
    pub kind: ColumnType,
}

/// A column that holds one of a closed list of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    /// The table's name in the database.
    pub table: &'static str,
    /// The column's name in the database.
    pub column: &'static str,
    /// The words, in the order of the enum.
    pub values: Vec<String>,
}

macro_rules! tables {
    ($($domain:ident { $($kind:ident $entity:ident,)* })*) => {
        vec![$($($kind::<crate::$domain::$entity::Entity>(stringify!($domain)),)*)*]
    };
}

macro_rules! vocabularies {
    ($($domain:ident::$entity:ident::$column:ident: $values:ident,)*) => {
        vec![$(vocabulary::<crate::$domain::$entity::$values, _>(crate::$domain::$entity::Column::$column),)*]
    };
}

/// Every entity, in the order of the domains: tables and views.
pub fn tables() -> Vec<Table> {
    tables! {
        tenancy {
            table organization,
            table user,
            table role,
            table permission,
            table role_permission,
            table user_role,
            table project,
            table project_member,
            table audit_log,
            table refresh_token,
            table idempotency_key,
            table sign_in_attempt,
            table quota_usage,
            view organization_quota,
        }
        photos {
            table photo,
            table detection,
            table tag,
            table processing_event,
        }
        validation {
            table workflow,
            table bucket,
            table criterion,
            table assessment,
            table assessment_document,
            table assessment_result,
        }
        knowledge {
            table document,
            table document_chunk,
            table document_permission,
            table query_log,
        }
        agents {
            table agent_config,
            table conversation,
            table message,
        }
        uploads {
            table cycle,
            table sync_session,
            table file_upload,
            view project_summary,
            view cycle_summary,
        }
    }
}

/// Every column with a closed vocabulary; a view's column has that of the table it reads.
pub fn vocabularies() -> Vec<Vocabulary> {
    vocabularies! {
        tenancy::organization::SubscriptionTier: SubscriptionTier,
        tenancy::project::Status: ProjectStatus,
        photos::photo::Status: PhotoStatus,
        photos::detection::DetectionType: DetectionType,
        photos::tag::Source: TagSource,
        photos::processing_event::Stage: ProcessingStage,
        validation::assessment::Status: AssessmentStatus,
        validation::assessment_result::Confidence: Confidence,
        knowledge::document::ProcessingStatus: ProcessingStatus,
        knowledge::document::Language: DocumentLanguage,
        knowledge::document_permission::PermissionType: PermissionType,
        agents::agent_config::AgentType: AgentType,
        agents::message::Role: MessageRole,
        uploads::cycle::Status: CycleStatus,
        uploads::sync_session::Status: SyncSessionStatus,
        uploads::file_upload::Status: FileUploadStatus,
    }
}

fn table<E: Scoped>(domain: &'static str) -> Table {
    let columns = E::Column::iter().map(|column| {
        let definition = column.def();
        Column {
            name: column.as_str().to_owned(),
            nullable: definition.is_null(),
            kind: definition.get_column_type().clone(),
        }
    });
    Table {
        domain,
        name: E::default().table_name(),
        view: false,
        scope: match E::SCOPE {
            Scope::Own(column) => Scope::Own(column.as_str()),
            Scope::OwnOrShared(column) => Scope::OwnOrShared(column.as_str()),
            Scope::Shared => Scope::Shared,
        },
        hangs: E::HANGS
            .iter()
            .map(|way| (way.by.as_str(), way.under))
            .collect(),
        key: E::PrimaryKey::iter()
            .map(|column| column.as_str())
            .collect(),
        columns: columns.collect(),
    }
}

fn view<E: Scoped>(domain: &'static str) -> Table {
    Table {
        view: true,
        ..table::<E>(domain)
    }
}

impl Table {
    /// Whether each row is one organization's.
    pub fn is_tenanted(&self) -> bool {
        matches!(self.scope, Scope::Own(_))
    }
}

fn vocabulary<V: ActiveEnum<Value = String>, C: ColumnTrait>(column: C) -> Vocabulary {
    Vocabulary {
        table: C::EntityName::default().table_name(),
        column: column.as_str(),
        values: V::values(),
    }
}
