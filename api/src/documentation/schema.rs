//! The live schema, read from the catalogue of PostgreSQL.
//!
//! Left out is what depends on the day or on the server: the partitions of time series, what belongs to extensions, the
//! record of the migrations, and what an embedding's column is and has with one of its two types only.

use sea_orm::{DatabaseConnection, DbErr, FromQueryResult, Statement};

/// Every table and view that is documented; the other queries start from it.
const DOCUMENTED: &str = "
WITH documented AS (
  SELECT class.oid, class.relname::text AS name, class.relkind IN ('v', 'm') AS view, class.relowner AS owner,
    class.relrowsecurity AS secured, class.relforcerowsecurity AS forced
  FROM pg_class class
  WHERE class.relnamespace = 'public'::regnamespace AND class.relkind IN ('r', 'p', 'v', 'm')
    AND NOT class.relispartition AND class.relname <> 'seaql_migrations'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = class.oid AND deptype = 'e')
)";

const RELATIONS: &str = "
SELECT name, secured, forced, obj_description(oid, 'pg_class') AS purpose
FROM documented
ORDER BY name";

const COLUMNS: &str = "
SELECT documented.name AS relation, attribute.attname::text AS name, NOT attribute.attnotnull AS nullable,
  CASE WHEN documented.name = 'document_chunks' AND attribute.attname = 'embedding' THEN 'vector(384), or real[] without pgvector'
    ELSE format_type(attribute.atttypid, attribute.atttypmod) END AS kind,
  attribute.attgenerated <> '' AS generated, pg_get_expr(preset.adbin, preset.adrelid, true) AS expression,
  col_description(documented.oid, attribute.attnum) AS purpose
FROM documented
JOIN pg_attribute attribute ON attribute.attrelid = documented.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
LEFT JOIN pg_attrdef preset ON preset.adrelid = documented.oid AND preset.adnum = attribute.attnum
ORDER BY documented.name, attribute.attnum";

// A constraint of a partition hangs under that of its table.
const CONSTRAINTS: &str = "
SELECT documented.name AS relation, held.conname::text AS name, held.contype::text AS kind,
  pg_get_constraintdef(held.oid, true) AS definition, parent.relname::text AS parent,
  held.confdeltype::text AS on_delete, held.confupdtype::text AS on_update,
  ARRAY(SELECT attname::text FROM unnest(held.conkey) WITH ORDINALITY AS part (number, place)
    JOIN pg_attribute ON attrelid = held.conrelid AND attnum = number ORDER BY place) AS columns,
  ARRAY(SELECT attname::text FROM unnest(held.confkey) WITH ORDINALITY AS part (number, place)
    JOIN pg_attribute ON attrelid = held.confrelid AND attnum = number ORDER BY place) AS parent_columns,
  ARRAY(SELECT attname::text FROM unnest(coalesce(held.confdelsetcols, held.conkey)) WITH ORDINALITY AS part (number, place)
    JOIN pg_attribute ON attrelid = held.conrelid AND attnum = number ORDER BY place) AS emptied
FROM documented
JOIN pg_constraint held ON held.conrelid = documented.oid AND held.conparentid = 0
LEFT JOIN pg_class parent ON parent.oid = held.confrelid
WHERE held.contype IN ('p', 'u', 'f', 'c', 'x') AND held.conname <> 'document_chunks_embedding_dimensions'
ORDER BY held.conname, documented.name";

const INDEXES: &str = "
SELECT documented.name AS relation, class.relname::text AS name, index.indisprimary AS primary_key,
  index.indisunique AS unique_key, index.indisunique AND index.indpred IS NULL AND index.indexprs IS NULL AS unique_columns,
  regexp_replace(pg_get_indexdef(class.oid, 0, true), '^.*? USING ', '') AS definition,
  ARRAY(SELECT attname::text FROM unnest(index.indkey::smallint[]) WITH ORDINALITY AS part (number, place)
    JOIN pg_attribute ON attrelid = index.indrelid AND attnum = number WHERE place <= index.indnkeyatts ORDER BY place) AS columns,
  held.conname::text AS enforced, obj_description(class.oid, 'pg_class') AS purpose
FROM documented
JOIN pg_index index ON index.indrelid = documented.oid
JOIN pg_class class ON class.oid = index.indexrelid
LEFT JOIN pg_constraint held ON held.conindid = class.oid AND held.contype IN ('p', 'u', 'x')
WHERE class.relname <> 'document_chunks_embedding_index'
ORDER BY class.relname";

// The name of the owner is the operator's choice.
const POLICIES: &str = "
SELECT documented.name AS relation, policy.polname::text AS name, policy.polpermissive AS permissive, policy.polcmd::text AS command,
  ARRAY(SELECT CASE WHEN oid = documented.owner THEN 'the owner' ELSE rolname::text END
    FROM pg_roles WHERE oid = ANY (policy.polroles) ORDER BY 1) AS roles,
  pg_get_expr(policy.polqual, policy.polrelid, true) AS visible, pg_get_expr(policy.polwithcheck, policy.polrelid, true) AS accepted
FROM documented
JOIN pg_policy policy ON policy.polrelid = documented.oid
ORDER BY policy.polpermissive DESC, policy.polname, documented.name";

const RIGHTS: &str = "
SELECT documented.name AS relation, role, privilege, has_table_privilege(role, documented.oid, privilege) AS whole,
  ARRAY(SELECT attname::text FROM pg_attribute
    WHERE attrelid = documented.oid AND attnum > 0 AND NOT attisdropped
      AND CASE WHEN by_column THEN has_column_privilege(role, documented.oid, attnum, privilege) END
    ORDER BY attnum) AS columns
FROM documented
CROSS JOIN unnest(ARRAY['org_admin', 'org_user', 'session_keeper', 'search_keeper']) AS role
CROSS JOIN (VALUES (1, 'SELECT', true), (2, 'INSERT', true), (3, 'UPDATE', true), (4, 'DELETE', false), (5, 'TRUNCATE', false))
  AS known (place, privilege, by_column)
ORDER BY documented.name, role, place";

const TRIGGERS: &str = "
SELECT documented.name AS relation, trigger.tgname::text AS name,
  replace(split_part(regexp_replace(definition, '^CREATE (CONSTRAINT )?TRIGGER \\S+ ', ''), ' EXECUTE FUNCTION ', 1),
    format(' ON %I ', documented.name), ' ') AS moment,
  split_part(definition, ' EXECUTE FUNCTION ', 2) AS call, obj_description(trigger.tgfoid, 'pg_proc') AS purpose
FROM documented
JOIN pg_trigger trigger ON trigger.tgrelid = documented.oid AND NOT trigger.tgisinternal
CROSS JOIN pg_get_triggerdef(trigger.oid, true) AS definition
WHERE NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = trigger.tgfoid AND deptype = 'e')
ORDER BY trigger.tgname, documented.name";

const ROUTINES: &str = "
SELECT routine.proname::text AS name, routine.prokind = 'p' AS procedure, routine.prosecdef AS as_owner,
  regexp_replace(pg_get_function_arguments(routine.oid), '\\mIN ', '', 'g') AS arguments,
  pg_get_function_result(routine.oid) AS result, obj_description(routine.oid, 'pg_proc') AS purpose,
  ARRAY(SELECT role FROM unnest(ARRAY['org_admin', 'org_user', 'session_keeper', 'search_keeper']) AS role
    WHERE has_function_privilege(role, routine.oid, 'EXECUTE') ORDER BY role) AS callers
FROM pg_proc routine
WHERE routine.pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = routine.oid AND deptype = 'e')
ORDER BY routine.proname, arguments";

/// Everything that is documented of the database, each part in the order in which it is shown.
pub(super) struct Schema {
    pub(super) relations: Vec<Relation>,
    pub(super) routines: Vec<Routine>,
    columns: Vec<Column>,
    constraints: Vec<Constraint>,
    indexes: Vec<Index>,
    policies: Vec<Policy>,
    rights: Vec<Right>,
    triggers: Vec<Trigger>,
}

/// A table or a view.
#[derive(FromQueryResult)]
pub(super) struct Relation {
    pub(super) name: String,
    pub(super) secured: bool,
    pub(super) forced: bool,
    pub(super) purpose: Option<String>,
}

/// A column of a table or a view.
#[derive(FromQueryResult)]
pub(super) struct Column {
    relation: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) nullable: bool,
    pub(super) generated: bool,
    /// The default, or what it is generated from.
    pub(super) expression: Option<String>,
    pub(super) purpose: Option<String>,
}

/// A key, a reference to another table, or a rule.
#[derive(FromQueryResult)]
pub(super) struct Constraint {
    relation: String,
    pub(super) name: String,
    /// `p`rimary key, `u`nique, `f`oreign key, `c`heck or e`x`clusion, as the catalogue has it.
    pub(super) kind: String,
    pub(super) definition: String,
    pub(super) columns: Vec<String>,
    /// The table that a foreign key references.
    pub(super) parent: Option<String>,
    pub(super) parent_columns: Vec<String>,
    pub(super) on_delete: String,
    pub(super) on_update: String,
    /// The columns that a deletion of the parent empties, if it empties any.
    pub(super) emptied: Vec<String>,
}

/// An index of a table.
#[derive(FromQueryResult)]
pub(super) struct Index {
    relation: String,
    pub(super) name: String,
    /// Its method, columns and condition.
    pub(super) definition: String,
    pub(super) columns: Vec<String>,
    pub(super) primary_key: bool,
    pub(super) unique_key: bool,
    /// Whether its columns are unique, without a condition.
    pub(super) unique_columns: bool,
    /// The constraint that it is there for.
    pub(super) enforced: Option<String>,
    pub(super) purpose: Option<String>,
}

/// A policy of row-level security.
#[derive(FromQueryResult)]
pub(super) struct Policy {
    relation: String,
    pub(super) name: String,
    pub(super) permissive: bool,
    /// `*` for every command, or the letter of one, as the catalogue has it.
    pub(super) command: String,
    /// Empty for everybody.
    pub(super) roles: Vec<String>,
    pub(super) visible: Option<String>,
    pub(super) accepted: Option<String>,
}

/// Whether a role may do a thing with a table or a view, or with which of its columns.
#[derive(FromQueryResult)]
pub(super) struct Right {
    relation: String,
    pub(super) role: String,
    pub(super) privilege: String,
    pub(super) whole: bool,
    pub(super) columns: Vec<String>,
}

/// A trigger of a table.
#[derive(FromQueryResult)]
pub(super) struct Trigger {
    relation: String,
    pub(super) name: String,
    pub(super) moment: String,
    pub(super) call: String,
    pub(super) purpose: Option<String>,
}

/// A function or a procedure.
#[derive(FromQueryResult)]
pub(super) struct Routine {
    pub(super) name: String,
    pub(super) arguments: String,
    pub(super) procedure: bool,
    pub(super) result: Option<String>,
    pub(super) as_owner: bool,
    pub(super) callers: Vec<String>,
    pub(super) purpose: Option<String>,
}

macro_rules! parts {
    ($($method:ident: $part:ident,)*) => {
        $(
            pub(super) fn $method<'a>(&'a self, relation: &'a str) -> impl Iterator<Item = &'a $part> {
                self.$method.iter().filter(move |part| part.relation == relation)
            }
        )*
    };
}

impl Schema {
    /// Reads all of it.
    pub(super) async fn read(owner: &DatabaseConnection) -> Result<Self, DbErr> {
        Ok(Self {
            relations: rows(owner, RELATIONS).await?,
            routines: rows(owner, ROUTINES).await?,
            columns: rows(owner, COLUMNS).await?,
            constraints: rows(owner, CONSTRAINTS).await?,
            indexes: rows(owner, INDEXES).await?,
            policies: rows(owner, POLICIES).await?,
            rights: rows(owner, RIGHTS).await?,
            triggers: rows(owner, TRIGGERS).await?,
        })
    }

    /// The table or view of this name.
    pub(super) fn relation(&self, name: &str) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.name == name)
    }

    /// Its references to other tables.
    pub(super) fn references<'a>(
        &'a self,
        relation: &'a str,
    ) -> impl Iterator<Item = (&'a Constraint, &'a str)> {
        self.constraints(relation)
            .filter_map(|constraint| Some((constraint, constraint.parent.as_deref()?)))
    }

    parts! {
        columns: Column,
        constraints: Constraint,
        indexes: Index,
        policies: Policy,
        rights: Right,
        triggers: Trigger,
    }
}

async fn rows<R: FromQueryResult>(
    owner: &DatabaseConnection,
    query: &str,
) -> Result<Vec<R>, DbErr> {
    let statement =
        Statement::from_string(owner.get_database_backend(), format!("{DOCUMENTED}{query}"));
    R::find_by_statement(statement).all(owner).await
}
