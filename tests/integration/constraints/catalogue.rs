//! What the live catalogue says of the tables of the model. Left out are partitions, which repeat their table, and the
//! migrator's own table.

use sea_orm::{ConnectionTrait, QueryResult};
use support::rows;

/// A query of the tables of the model: `oid` and `name`.
pub(crate) const TABLES: &str = "(SELECT oid, relname::text AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'seaql_migrations')";

/// A PRIMARY KEY, UNIQUE, FOREIGN KEY or CHECK of a table.
#[derive(Clone, Debug)]
pub(crate) struct Constraint {
    pub(crate) name: String,
    pub(crate) table: String,
    pub(crate) columns: Vec<String>,
    pub(crate) definition: String,
}

/// A reference from one table to another and what becomes of it.
#[derive(Clone, Debug)]
pub(crate) struct ForeignKey {
    pub(crate) name: String,
    pub(crate) table: String,
    pub(crate) columns: Vec<String>,
    pub(crate) parent: String,
    pub(crate) parent_columns: Vec<String>,
    /// confdeltype: `a`, `r`, `c`, `n` or `d`.
    pub(crate) on_delete: String,
    /// confupdtype, in the same letters.
    pub(crate) on_update: String,
    /// The columns that become null with SET NULL.
    pub(crate) nulled: Vec<String>,
}

/// What keeps rows apart: a constraint or a unique index.
#[derive(Clone, Debug)]
pub(crate) struct UniqueKey {
    pub(crate) name: String,
    pub(crate) table: String,
    /// The columns and expressions, as PostgreSQL writes them.
    pub(crate) columns: Vec<String>,
    /// Whether two rows with null in the same place have the same key.
    pub(crate) nulls_equal: bool,
    /// Its name, and the names that it has on partitions: an error tells of the one that was hit.
    pub(crate) names: Vec<String>,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) table: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) not_null: bool,
    pub(crate) generated: bool,
    pub(crate) default: String,
}

/// The constraints of a kind, by pg_constraint's letter.
pub(crate) async fn constraints<C: ConnectionTrait>(database: &C, kind: char) -> Vec<Constraint> {
    let sql = format!(
        "SELECT conname::text AS name, tables.name AS \"table\", pg_get_constraintdef(pg_constraint.oid) AS definition, {} AS columns
         FROM pg_constraint JOIN {TABLES} tables ON tables.oid = conrelid
         WHERE contype = '{kind}' ORDER BY tables.name, conname",
        names("conkey", "conrelid")
    );
    let read = |row: &QueryResult| Constraint {
        name: text(row, "name"),
        table: text(row, "table"),
        columns: texts(row, "columns"),
        definition: text(row, "definition"),
    };
    rows(database, &sql).await.iter().map(read).collect()
}

/// Every foreign key.
pub(crate) async fn foreign_keys<C: ConnectionTrait>(database: &C) -> Vec<ForeignKey> {
    let sql = format!(
        "SELECT conname::text AS name, tables.name AS \"table\", confrelid::regclass::text AS parent,
           {} AS columns, {} AS parent_columns, {} AS nulled, confdeltype::text AS on_delete, confupdtype::text AS on_update
         FROM pg_constraint JOIN {TABLES} tables ON tables.oid = conrelid
         WHERE contype = 'f' ORDER BY tables.name, conname",
        names("conkey", "conrelid"),
        names("confkey", "confrelid"),
        names("confdelsetcols", "conrelid")
    );
    let read = |row: &QueryResult| ForeignKey {
        name: text(row, "name"),
        table: text(row, "table"),
        columns: texts(row, "columns"),
        parent: text(row, "parent"),
        parent_columns: texts(row, "parent_columns"),
        on_delete: text(row, "on_delete"),
        on_update: text(row, "on_update"),
        nulled: texts(row, "nulled"),
    };
    rows(database, &sql).await.iter().map(read).collect()
}

/// Every primary key, UNIQUE constraint and unique index.
pub(crate) async fn unique_keys<C: ConnectionTrait>(database: &C) -> Vec<UniqueKey> {
    let sql = format!(
        "SELECT own.relname::text AS name, tables.name AS \"table\",
           ARRAY(SELECT pg_get_indexdef(indexrelid, place, true) FROM generate_series(1, indnkeyatts) place ORDER BY place) AS columns,
           indnullsnotdistinct AS nulls_equal, own.relname::text || ARRAY(SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = indexrelid) AS names
         FROM pg_index JOIN {TABLES} tables ON tables.oid = indrelid JOIN pg_class own ON own.oid = indexrelid
         WHERE indisunique ORDER BY tables.name, own.relname"
    );
    let read = |row: &QueryResult| UniqueKey {
        name: text(row, "name"),
        table: text(row, "table"),
        columns: texts(row, "columns"),
        nulls_equal: row.try_get("", "nulls_equal").unwrap(),
        names: texts(row, "names"),
    };
    rows(database, &sql).await.iter().map(read).collect()
}

/// The columns of the tables, in the order of their names; with `views`, those of the views instead.
pub(crate) async fn columns<C: ConnectionTrait>(database: &C, views: bool) -> Vec<Column> {
    let relations = if views {
        "(SELECT oid, relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm'))"
    } else {
        TABLES
    };
    let sql = format!(
        "SELECT tables.name AS \"table\", attname::text AS name, format_type(atttypid, atttypmod) AS kind, attnotnull AS not_null,
           attgenerated <> '' AS generated, coalesce(pg_get_expr(adbin, adrelid), '') AS \"default\"
         FROM pg_attribute JOIN {relations} tables ON tables.oid = attrelid
         LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
         WHERE attnum > 0 AND NOT attisdropped ORDER BY tables.name, attname"
    );
    let read = |row: &QueryResult| Column {
        table: text(row, "table"),
        name: text(row, "name"),
        kind: text(row, "kind"),
        not_null: row.try_get("", "not_null").unwrap(),
        generated: row.try_get("", "generated").unwrap(),
        default: text(row, "default"),
    };
    rows(database, &sql).await.iter().map(read).collect()
}

/// A text of a row.
pub(crate) fn text(row: &QueryResult, name: &str) -> String {
    row.try_get("", name).unwrap()
}

/// An array of texts of a row.
pub(crate) fn texts(row: &QueryResult, name: &str) -> Vec<String> {
    row.try_get("", name).unwrap()
}

/// The names of the columns behind an array of numbers, in its order.
fn names(numbers: &str, table: &str) -> String {
    format!(
        "ARRAY(SELECT attname::text FROM unnest({numbers}) WITH ORDINALITY numbered (number, place)
           JOIN pg_attribute ON attrelid = {table} AND attnum = number ORDER BY place)"
    )
}
