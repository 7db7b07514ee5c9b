//! Runs a compiled query: round after round, each with the keys that the one before it brought.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_graphql::{InputType, Variables};
use uuid::Uuid;

use super::scalar::{Scalar, id};
use super::tree::{Fetch, GivenId, Keys, Reading, Slot};
use super::write::write;
use crate::core::{Actor, Id};
use crate::database::wire::{Parameter, ReadingPool, Round, Rows, Statement, WireFailure, oid};

/// Makes the transaction the caller's: whose rows it sees, and how long a statement may take.
static SETTINGS: std::sync::LazyLock<Arc<str>> = std::sync::LazyLock::new(|| {
    Arc::from(
        "SELECT set_config('app.organization_id', $1, true), set_config('app.user_id', $2, true), set_config('statement_timeout', $3, true)",
    )
});

/// For whom a query is run, and what it is given.
pub struct Caller<'a> {
    /// Who asks.
    pub actor: &'a Actor,
    /// Values of the query's variables.
    pub variables: &'a Variables,
    /// How long a statement may take.
    pub time_limit: Duration,
}

/// Why there is no answer. The resolvers may have one.
#[derive(Debug)]
pub enum Unread {
    /// The database did not answer.
    Failed(WireFailure),
    /// It answered with something that was not expected.
    NotUnderstood,
}

impl From<WireFailure> for Unread {
    fn from(failure: WireFailure) -> Self {
        Self::Failed(failure)
    }
}

/// What was fetched so far.
#[derive(Default)]
pub(super) struct Fetched {
    pub(super) answers: Vec<Rows>,
    /// Where the rows of a key are.
    pub(super) by_key: HashMap<Uuid, Found>,
    /// Where the rows of a list without parents are.
    pub(super) list: Option<Found>,
}

/// Rows that stand together in one answer.
#[derive(Clone, Copy, Default)]
pub(super) struct Found {
    pub(super) answer: usize,
    pub(super) first: usize,
    pub(super) count: usize,
}

/// The answer, and how many statements it took.
pub struct Answered {
    /// `{"data":{…}}`
    pub body: Vec<u8>,
    /// Statements that were sent.
    pub statements: u32,
}

impl Reading {
    /// Runs the query for a caller.
    pub async fn run(
        &self,
        pool: &Arc<ReadingPool>,
        caller: &Caller<'_>,
    ) -> Result<Answered, Unread> {
        let mut run = Run {
            reading: self,
            caller,
            fetched: self.fetches.iter().map(|_| Fetched::default()).collect(),
            reached: vec![Vec::new(); self.places],
        };
        let mut statements = 0;
        if !self.rounds.is_empty() {
            let mut lease = pool.lease().await?;
            for (number, _) in self.rounds.iter().enumerate() {
                let wanted = run.wanted(number)?;
                if !wanted.is_empty() {
                    let is_last = number + 1 == self.rounds.len();
                    let round = if is_last { Round::Last } else { Round::Open };
                    let mut sent = Vec::with_capacity(wanted.len() + 1);
                    if statements == 0 {
                        sent.push(run.settings());
                    }
                    for (fetch, keys) in &wanted {
                        sent.push(run.statement(*fetch, keys));
                    }
                    let mut answers = lease.round(&sent, round).await?.into_iter();
                    if statements == 0 {
                        answers.next();
                    }
                    statements += wanted.len() as u32;
                    for ((fetch, keys), rows) in wanted.into_iter().zip(answers) {
                        run.take(fetch, keys, rows)?;
                    }
                }
                run.reach(number)?;
            }
            lease.end().await?;
        }
        let mut body = Vec::with_capacity(self.bytes.load(Ordering::Relaxed) + 64);
        write(self, &run.fetched, caller.variables, &mut body).ok_or(Unread::NotUnderstood)?;
        self.bytes.store(body.len(), Ordering::Relaxed);
        Ok(Answered { body, statements })
    }
}

struct Run<'a> {
    reading: &'a Reading,
    caller: &'a Caller<'a>,
    fetched: Vec<Fetched>,
    /// The rows at each place of the tree: of which fetch, in which answer, which.
    reached: Vec<Vec<(usize, usize, usize)>>,
}

impl Run<'_> {
    fn settings(&self) -> Statement<'_> {
        let Caller {
            actor, time_limit, ..
        } = self.caller;
        Statement {
            sql: &SETTINGS,
            parameters: vec![
                Parameter::Text(actor.organization.to_string()),
                Parameter::Text(actor.user.to_string()),
                Parameter::Text(time_limit.as_millis().to_string()),
            ],
        }
    }

    fn statement(&self, fetch: usize, keys: &[Uuid]) -> Statement<'_> {
        let Fetch { sql, slots, .. } = &self.reading.fetches[fetch];
        tracing::trace!(target: crate::database::STATEMENTS, sql = &**sql, straight = true, "statement");
        let parameters = slots
            .iter()
            .map(|slot| match slot {
                Slot::Tenant => Parameter::Uuid(self.caller.actor.organization),
                Slot::Keys => Parameter::Uuids(keys.to_vec()),
                Slot::Value(value) => value.clone(),
            })
            .collect();
        Statement { sql, parameters }
    }

    /// Which fetches have to be asked in a round, each for keys that it was not asked for before.
    fn wanted(&self, round: usize) -> Result<Vec<(usize, Vec<Uuid>)>, Unread> {
        let mut wanted: Vec<(usize, Vec<Uuid>)> = Vec::new();
        for load in &self.reading.rounds[round] {
            let fetched = &self.fetched[load.fetch];
            let known = wanted.iter().position(|(fetch, _)| *fetch == load.fetch);
            if let Keys::None = load.keys {
                if fetched.list.is_none() && known.is_none() {
                    wanted.push((load.fetch, Vec::new()));
                }
                continue;
            }
            let mut keys = match known {
                Some(known) => std::mem::take(&mut wanted[known].1),
                None => Vec::new(),
            };
            self.keys(&load.keys, |key| {
                if !fetched.by_key.contains_key(&key) {
                    keys.push(key);
                }
            })?;
            match known {
                Some(known) => wanted[known].1 = keys,
                None => wanted.push((load.fetch, keys)),
            }
        }
        for (fetch, keys) in &mut wanted {
            if self.reading.fetches[*fetch].keyed_by.is_some() {
                keys.sort_unstable();
                keys.dedup();
            }
        }
        wanted.retain(|(fetch, keys)| {
            self.reading.fetches[*fetch].keyed_by.is_none() || !keys.is_empty()
        });
        Ok(wanted)
    }

    fn keys(&self, keys: &Keys, mut each: impl FnMut(Uuid)) -> Result<(), Unread> {
        match keys {
            Keys::None => {}
            Keys::Given(given) => {
                each(
                    given
                        .value(self.caller.variables)
                        .ok_or(Unread::NotUnderstood)?,
                );
            }
            Keys::Column { place, column } => {
                for (fetch, answer, row) in &self.reached[*place] {
                    if let Some(value) = self.fetched[*fetch].answers[*answer].value(*row, *column)
                    {
                        each(id(value).ok_or(Unread::NotUnderstood)?);
                    }
                }
            }
        }
        Ok(())
    }

    /// Keeps an answer, so that its rows are found by their keys.
    fn take(&mut self, fetch: usize, keys: Vec<Uuid>, rows: Rows) -> Result<(), Unread> {
        let expected = &self.reading.fetches[fetch];
        check(expected, rows.kinds())?;
        let fetched = &mut self.fetched[fetch];
        let answer = fetched.answers.len();
        match expected.keyed_by {
            None => {
                fetched.list = Some(Found {
                    answer,
                    first: 0,
                    count: rows.len(),
                });
            }
            Some(column) => {
                fetched.by_key.reserve(keys.len());
                // Who has no rows is known not to have any.
                fetched
                    .by_key
                    .extend(keys.into_iter().map(|key| (key, Found::default())));
                let mut first = 0;
                while first < rows.len() {
                    let key = rows.value(first, column);
                    let mut next = first + 1;
                    while next < rows.len() && rows.value(next, column) == key {
                        next += 1;
                    }
                    let found = Found {
                        answer,
                        first,
                        count: next - first,
                    };
                    let key = key.and_then(id).ok_or(Unread::NotUnderstood)?;
                    match fetched.by_key.get_mut(&key) {
                        Some(place) if place.count == 0 => *place = found,
                        // A key that nobody asked for, or whose rows do not stand together.
                        _ => return Err(Unread::NotUnderstood),
                    }
                    first = next;
                }
            }
        }
        fetched.answers.push(rows);
        Ok(())
    }

    /// Notes which rows each place of the round has now.
    fn reach(&mut self, round: usize) -> Result<(), Unread> {
        if round + 1 == self.reading.rounds.len() {
            return Ok(());
        }
        for load in &self.reading.rounds[round] {
            let Some(reached) = load.place else { continue };
            let fetched = &self.fetched[load.fetch];
            let mut rows = Vec::new();
            let mut add = |found: Found| {
                let count = found.count.min(reached.most);
                rows.extend(
                    (found.first..found.first + count).map(|row| (load.fetch, found.answer, row)),
                );
            };
            match load.keys {
                Keys::None => add(fetched.list.unwrap_or_default()),
                _ => {
                    let mut keys = Vec::new();
                    self.keys(&load.keys, |key| keys.push(key))?;
                    keys.sort_unstable();
                    keys.dedup();
                    for key in keys {
                        add(fetched.by_key.get(&key).copied().unwrap_or_default());
                    }
                }
            }
            self.reached[reached.place] = rows;
        }
        Ok(())
    }
}

/// Whether the columns are of the types that they are read as.
fn check(expected: &Fetch, types: &[postgres_protocol::Oid]) -> Result<(), Unread> {
    let behind = usize::from(expected.keyed_by == Some(expected.columns.len()));
    let fits = types.len() == expected.columns.len() + behind
        && expected
            .columns
            .iter()
            .zip(types)
            .all(|(scalar, answered)| {
                scalar
                    .as_ref()
                    .is_none_or(|scalar: &Scalar| scalar.fits(*answered))
            })
        && (behind == 0 || types.last() == Some(&oid::UUID));
    if fits {
        Ok(())
    } else {
        Err(Unread::NotUnderstood)
    }
}

impl GivenId {
    /// The id, if what was given is one.
    pub(super) fn value(&self, variables: &Variables) -> Option<Uuid> {
        match self {
            Self::Written(id) => Some(*id),
            Self::Variable(name, default) => match variables.get(name) {
                Some(given) => Id::parse(Some(given.clone())).ok().map(Uuid::from),
                None => *default,
            },
        }
    }
}
