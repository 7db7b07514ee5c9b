//! Where constraints are attacked: in savepoints that are rolled back, so that one row serves many attacks, and on a table
//! that is stripped of all its other constraints and triggers, so that a refusal can come from nothing else.

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, TransactionTrait};
use support::{Refusal, TestDatabase, execute, refusal, value};

/// The demo database, seen by the superuser: no wall stops them, constraints do.
pub(super) struct Arena {
    // Before the database: it must be closed before the database is dropped.
    connection: DatabaseConnection,
    _database: TestDatabase,
}

/// One table on which only one constraint is left.
pub(super) struct Duel {
    transaction: DatabaseTransaction,
}

impl Arena {
    pub(super) async fn open() -> Self {
        let database = populated().await;
        Self {
            connection: database.superuser().await,
            _database: database,
        }
    }

    pub(super) fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// Strips a table of its triggers and of every constraint and unique index but one; NOT NULL stays.
    pub(super) async fn duel(&self, table: &str, constraint: &str) -> Duel {
        let transaction = self.connection.begin().await.unwrap();
        let strip: String = value(
            &transaction,
            &format!(
                "SELECT string_agg(statement, '; ') FROM (
                   SELECT 'ALTER TABLE {table} DISABLE TRIGGER USER' AS statement
                   UNION ALL
                   SELECT format('ALTER TABLE {table} DROP CONSTRAINT %I CASCADE', conname) FROM pg_constraint
                   WHERE conrelid = '{table}'::regclass AND conname <> '{constraint}'
                   UNION ALL
                   SELECT format('DROP INDEX %s', indexrelid::regclass) FROM pg_index
                   WHERE indrelid = '{table}'::regclass AND indisunique AND indexrelid::regclass::text <> '{constraint}'
                     AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid)
                 ) stripped"
            ),
        )
        .await;
        transaction.execute_unprepared(&strip).await.unwrap();
        Duel { transaction }
    }
}

impl Duel {
    /// Does something that the attacks need, as giving a row a value that it lacks.
    pub(super) async fn arrange(&self, sql: &str) {
        self.transaction.execute_unprepared(sql).await.unwrap();
    }

    /// What becomes of a statement; it is undone.
    pub(super) async fn attempt(&self, sql: &str) -> Result<u64, DbErr> {
        attempt(&self.transaction, sql).await
    }

    /// Says what is wrong if a statement is not refused by the constraint (under one of its names).
    pub(super) async fn refuses(&self, sql: &str, code: &str, names: &[String]) -> Option<String> {
        match self.attempt(sql).await {
            Ok(0) => Some(format!("{sql}: met no row")),
            Ok(_) => Some(format!("{sql}: was not refused by {}", names[0])),
            Err(error) => {
                let refusal = refusal(&error);
                (refusal.code != code || !names.contains(&refusal.constraint))
                    .then(|| format!("{sql}: {} expected, but {refusal:?}", names[0]))
            }
        }
    }

    /// Says what is wrong if a statement is refused or meets no row.
    pub(super) async fn allows(&self, sql: &str) -> Option<String> {
        match self.attempt(sql).await {
            Ok(0) => Some(format!("{sql}: met no row")),
            Ok(_) => None,
            Err(error) => Some(format!("{sql}: refused, but it keeps all rules: {error}")),
        }
    }

    pub(super) async fn end(self) {
        self.transaction.rollback().await.unwrap();
    }
}

/// The demo with rows in every table: it has no sign-ins and no retries, which only the living server sees.
pub(crate) async fn populated() -> TestDatabase {
    let database = TestDatabase::demo().await;
    let sign_ins =
        "INSERT INTO refresh_tokens (organization_id, user_id, token_hash, family_id, expires_at)
        SELECT organization_id, id, repeat(md5(email), 2), gen_random_uuid(), now() FROM users";
    let retries =
        "INSERT INTO idempotency_keys (organization_id, user_id, key, request_hash, expires_at)
        SELECT organization_id, id, 'first', repeat('a', 64), now() FROM users";
    let attempts = "INSERT INTO sign_in_attempts (subject, attempts, blocked_until, expires_at)
        SELECT repeat(md5(email), 2), 1, now(), now() FROM users";
    let superuser = database.superuser().await;
    superuser.execute_unprepared(attempts).await.unwrap();
    superuser.execute_unprepared(sign_ins).await.unwrap();
    superuser.execute_unprepared(retries).await.unwrap();
    superuser.close().await.unwrap();
    database
}

/// What becomes of a statement in a savepoint; it is undone.
pub(crate) async fn attempt(transaction: &DatabaseTransaction, sql: &str) -> Result<u64, DbErr> {
    let savepoint = transaction.begin().await.unwrap();
    let outcome = execute(&savepoint, sql, []).await;
    savepoint.rollback().await.unwrap();
    outcome
}

/// The refusal of a statement in a savepoint; none is a failure.
pub(crate) async fn refused(transaction: &DatabaseTransaction, sql: &str) -> Refusal {
    match attempt(transaction, sql).await {
        Ok(rows) => panic!("{sql}: was not refused, and changed {rows} rows"),
        Err(error) => refusal(&error),
    }
}

/// A condition that picks one row of those that meet `condition`; a place alone would be ambiguous among partitions.
pub(super) fn one_row(table: &str, condition: &str) -> String {
    format!("(tableoid, ctid) = (SELECT tableoid, ctid FROM {table} WHERE {condition} LIMIT 1)")
}
