//! The one connection of a request, and the one transaction on it: read-only and one snapshot while the request reads, a
//! transaction of its own for each mutation. Taken when the first statement needs it, so that nothing waits for a second one.
//! The transaction's beginning and the caller's settings travel with its first statement.

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use sea_orm::QueryResult;
use sea_orm::sea_query::{QueryStatementWriter, Values};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::wire::{Explain, Hold, Parameter, Pool, Round, Rows, Statement, WireFailure};
use super::{DatabaseRole, GatewayPools, Journal, STATEMENTS, StatementFailure, text};

/// A session reads, and reads one snapshot, unless something else is begun.
static BEGIN_WRITING: LazyLock<Arc<str>> =
    LazyLock::new(|| "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE".into());
static COMMIT: LazyLock<Arc<str>> = LazyLock::new(|| "COMMIT".into());
static ROLLBACK: LazyLock<Arc<str>> = LazyLock::new(|| "ROLLBACK".into());

/// Makes a transaction the caller's: whose rows it sees, how long a statement may take, and who plans it.
static SETTINGS: LazyLock<Arc<str>> = LazyLock::new(|| {
    "SELECT set_config('app.organization_id', $1, true), set_config('app.user_id', $2, true), set_config('statement_timeout', $3, true), set_config('plan_cache_mode', $4, true)".into()
});

/// How a statement that was prepared is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plans {
    /// Once for all callers: for statements in which callers differ in nothing but whose rows they see.
    Once,
    /// Anew for the values, where PostgreSQL finds that it pays: for whatever filters by what a client says.
    ByValues,
}

/// A request's hold on the database, for one caller.
pub struct Lease {
    pool: Arc<Pool>,
    role: DatabaseRole,
    organization: Uuid,
    user: Uuid,
    time_limit: Duration,
    plans: Plans,
    held: Mutex<Held>,
    journal: Journal,
}

#[derive(Default)]
struct Held {
    connection: Option<Hold>,
    transaction: Transaction,
    /// Whether PostgreSQL knows of it yet.
    has_begun: bool,
    /// A mutation was committed: what is read from here on is for its payload.
    wrote: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Transaction {
    #[default]
    None,
    Reading,
    Writing,
}

impl Lease {
    /// For a user of an organization. Nothing is asked of the database yet; what is will be in the journal.
    pub fn new(
        pools: &GatewayPools,
        role: DatabaseRole,
        (organization, user): (Uuid, Uuid),
        time_limit: Duration,
        plans: Plans,
        journal: Journal,
    ) -> Self {
        Self {
            pool: Arc::clone(pools.requests(role)),
            role,
            organization,
            user,
            time_limit,
            plans,
            held: Mutex::default(),
            journal,
        }
    }

    /// The rows of a statement, in the request's snapshot, or in the transaction of the mutation under way.
    pub async fn rows<S: QueryStatementWriter + Sync>(
        &self,
        statement: &S,
    ) -> Result<Vec<QueryResult>, StatementFailure> {
        let (sql, values) = text(statement);
        self.rows_of(sql, Values(values)).await
    }

    /// The same for SQL that no builder can say.
    pub async fn rows_of(
        &self,
        sql: String,
        values: Values,
    ) -> Result<Vec<QueryResult>, StatementFailure> {
        let sql = sql.into();
        let statement = Statement {
            sql: &sql,
            parameters: parameters(values)?,
        };
        let mut held = self.held.lock().await;
        begin_reading(&mut held);
        let answers = self
            .send(&mut held, vec![statement], Round::Open, false)
            .await?;
        Ok(answers.iter().flat_map(Rows::results).collect())
    }

    /// Several statements at once, whose rows are left as they came. After the last round of a reading transaction the next
    /// begins another.
    pub async fn round(
        &self,
        statements: Vec<Statement<'_>>,
        round: Round,
    ) -> Result<Vec<Rows>, StatementFailure> {
        let mut held = self.held.lock().await;
        begin_reading(&mut held);
        self.send(&mut held, statements, round, true).await
    }

    /// Begins the transaction of a mutation. What was read before it is forgotten with its snapshot.
    pub async fn begin_writing(&self) -> Result<(), StatementFailure> {
        let mut held = self.held.lock().await;
        // One that still writes here was abandoned by its mutation.
        roll_back(&mut held).await?;
        held.transaction = Transaction::Writing;
        held.has_begun = false;
        Ok(())
    }

    /// Makes what the mutation wrote last, with last statements in the same message; answers with the rows of those.
    pub async fn commit(
        &self,
        last: Vec<(String, Values)>,
    ) -> Result<Vec<Vec<QueryResult>>, StatementFailure> {
        let mut held = self.held.lock().await;
        if !held.has_begun && last.is_empty() {
            held.transaction = Transaction::None;
            return Ok(Vec::new());
        }
        let (texts, values): (Vec<Arc<str>>, Vec<Values>) = last
            .into_iter()
            .map(|(text, values)| (text.into(), values))
            .unzip();
        let mut statements = Vec::with_capacity(texts.len() + 1);
        for (sql, values) in texts.iter().zip(values) {
            let parameters = parameters(values)?;
            statements.push(Statement { sql, parameters });
        }
        statements.push(bare(&COMMIT));
        let answers = self.send(&mut held, statements, Round::Last, false).await?;
        held.wrote = true;
        let rows = answers.iter().take(texts.len());
        Ok(rows.map(|rows| rows.results().collect()).collect())
    }

    /// Takes back what the mutation wrote.
    pub async fn roll_back(&self) -> Result<(), StatementFailure> {
        roll_back(&mut *self.held.lock().await).await
    }

    /// Ends what is open and gives the connection back.
    pub async fn finish(&self) {
        let mut held = self.held.lock().await;
        // A connection that cannot be ended well is not given back but closed.
        let _ = roll_back(&mut held).await;
        held.connection = None;
    }

    async fn send(
        &self,
        held: &mut Held,
        statements: Vec<Statement<'_>>,
        round: Round,
        straight: bool,
    ) -> Result<Vec<Rows>, StatementFailure> {
        let mut sent = Vec::with_capacity(statements.len() + 2);
        if !held.has_begun {
            if held.transaction == Transaction::Writing {
                sent.push(bare(&BEGIN_WRITING));
            }
            sent.push(self.settings(held));
        }
        let before = sent.len();
        sent.extend(statements);
        let asked = || sent[before..].iter().filter(|statement| !is_end(statement));
        for statement in asked() {
            tracing::trace!(target: STATEMENTS, sql = &**statement.sql, straight, "statement");
        }
        let place = self.journal.begin(asked().map(|statement| statement.sql));
        if held.connection.is_none() {
            held.connection = Some(self.pool.hold().await?);
        }
        let Some(connection) = &mut held.connection else {
            return Err(StatementFailure::Failed("a connection was lost".to_owned()));
        };
        let answered = if self.journal.explains() {
            self.explained(
                connection,
                held.transaction,
                (&sent, before),
                (place, round),
            )
            .await
        } else {
            let began = Instant::now();
            let answered = connection.round(&sent, round).await;
            if let Ok(answers) = &answered {
                self.journal.end(place, began.elapsed(), &answers[before..]);
            }
            answered
        };
        match &answered {
            Ok(_) if round == Round::Open => held.has_begun = true,
            Ok(_) => held.transaction = Transaction::None,
            // PostgreSQL has ended it: what is read next is read in a new one.
            Err(_) if held.transaction == Transaction::Reading => {
                held.transaction = Transaction::None;
            }
            // A mutation takes it back itself.
            Err(_) => held.has_begun = true,
        }
        Ok(answered?.split_off(before))
    }

    /// A round, and the plans of what was asked in it. Who reads has it run again for that; what writes is planned again alone.
    async fn explained(
        &self,
        connection: &mut Hold,
        transaction: Transaction,
        (sent, before): (&[Statement<'_>], usize),
        (place, round): (usize, Round),
    ) -> Result<Vec<Rows>, WireFailure> {
        let end = sent.iter().position(is_end).unwrap_or(sent.len());
        let mut answers = Vec::new();
        if end > 0 {
            let began = Instant::now();
            answers = connection.round(&sent[..end], Round::Open).await?;
            self.journal.end(place, began.elapsed(), &answers[before..]);
            let began = Instant::now();
            let how = match transaction {
                Transaction::Writing => Explain::Plan,
                Transaction::Reading | Transaction::None => Explain::Run,
            };
            let left = if end < sent.len() { Round::Open } else { round };
            let plans = connection.explain(&sent[before..end], how, left).await?;
            self.journal.explained(place, began.elapsed(), plans);
        }
        if end < sent.len() {
            answers.extend(connection.round(&sent[end..], round).await?);
        }
        Ok(answers)
    }

    fn settings(&self, held: &Held) -> Statement<'static> {
        // What a payload shows is found by identities.
        let plans = match (held.transaction, self.plans) {
            (Transaction::Reading, Plans::ByValues) if !held.wrote => "auto",
            _ => "force_generic_plan",
        };
        let parameters = vec![
            Parameter::Text(self.organization.to_string()),
            Parameter::Text(self.user.to_string()),
            Parameter::Text(self.time_limit.as_millis().to_string()),
            Parameter::Text(plans.to_owned()),
        ];
        Statement {
            sql: &SETTINGS,
            parameters,
        }
    }
}

fn begin_reading(held: &mut Held) {
    if held.transaction == Transaction::None {
        held.transaction = Transaction::Reading;
        held.has_begun = false;
    }
}

async fn roll_back(held: &mut Held) -> Result<(), StatementFailure> {
    let transaction = std::mem::take(&mut held.transaction);
    let Some(connection) = held.connection.as_mut().filter(|_| held.has_begun) else {
        return Ok(());
    };
    held.has_begun = false;
    let ended = match transaction {
        Transaction::None => Ok(()),
        Transaction::Reading => connection.end().await,
        Transaction::Writing => connection
            .round(&[bare(&ROLLBACK)], Round::Last)
            .await
            .map(drop),
    };
    if ended.is_err() {
        // Whatever state it is in, nobody else shall have it.
        held.connection = None;
    }
    Ok(ended?)
}

fn is_end(statement: &Statement<'_>) -> bool {
    Arc::ptr_eq(statement.sql, &COMMIT)
}

fn bare(sql: &'static Arc<str>) -> Statement<'static> {
    Statement {
        sql,
        parameters: Vec::new(),
    }
}

fn parameters(values: Values) -> Result<Vec<Parameter>, StatementFailure> {
    values
        .0
        .into_iter()
        .map(|value| {
            Parameter::from_value(value).ok_or_else(|| {
                StatementFailure::Failed("a value of a kind that cannot be sent".to_owned())
            })
        })
        .collect()
}

impl fmt::Debug for Lease {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Lease")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}
