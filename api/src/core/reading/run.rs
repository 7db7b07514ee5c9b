//! Runs a compiled query: round after round, each with the keys that the one before it brought.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use async_graphql::{InputType, Variables};
use uuid::Uuid;

use super::scalar::{Scalar, id};
use super::tree::{Fetch, GivenId, Keys, Reading, Slot};
use super::write::write;
use crate::core::Id;
use crate::database::wire::{Column, Parameter, Round, Rows, Statement, oid};
use crate::database::{Lease, StatementFailure};

/// Who asks, and with what.
pub struct Caller<'a> {
    /// Whose rows.
    pub organization: Uuid,
    /// Values of the query's variables.
    pub variables: &'a Variables,
}

/// Why there is no answer. The resolvers may have one.
#[derive(Debug)]
pub enum Unread {
    /// The database did not answer.
    Failed(StatementFailure),
    /// It answered with something that was not expected.
    NotUnderstood,
}

impl From<StatementFailure> for Unread {
    fn from(failure: StatementFailure) -> Self {
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

impl Reading {
    /// Runs the query for a caller.
    pub async fn run(&self, lease: &Lease, caller: &Caller<'_>) -> Result<Vec<u8>, Unread> {
        let mut run = Run {
            reading: self,
            caller,
            fetched: self.fetches.iter().map(|_| Fetched::default()).collect(),
            reached: vec![Vec::new(); self.places],
        };
        for number in 0..self.rounds.len() {
            run.look_elsewhere(number)?;
            let wanted = run.wanted(number)?;
            if !wanted.is_empty() {
                let is_last = number + 1 == self.rounds.len();
                let round = if is_last { Round::Last } else { Round::Open };
                let statements = wanted
                    .iter()
                    .map(|(fetch, keys)| run.statement(*fetch, keys))
                    .collect();
                let answers = lease.round(statements, round).await?;
                for ((fetch, keys), rows) in wanted.into_iter().zip(answers) {
                    run.take(fetch, keys, rows)?;
                }
            }
            run.reach(number)?;
        }
        lease.finish().await;
        let mut body = Vec::with_capacity(self.bytes.load(Ordering::Relaxed) + 64);
        write(self, &run.fetched, caller.variables, &mut body).ok_or(Unread::NotUnderstood)?;
        self.bytes.store(body.len(), Ordering::Relaxed);
        Ok(body)
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
    fn statement(&self, fetch: usize, keys: &[Uuid]) -> Statement<'_> {
        let Fetch { sql, slots, .. } = &self.reading.fetches[fetch];
        let parameters = slots
            .iter()
            .map(|slot| match slot {
                Slot::Tenant => Parameter::Uuid(self.caller.organization),
                Slot::Keys => Parameter::Uuids(keys.to_vec()),
                Slot::Value(value) => value.clone(),
            })
            .collect();
        Statement { sql, parameters }
    }

    /// Takes what is among the rows of an earlier round from there.
    fn look_elsewhere(&mut self, round: usize) -> Result<(), Unread> {
        for load in &self.reading.rounds[round] {
            let (Some(among), Keys::Column { place, column, .. }) = (&load.among, &load.keys)
            else {
                continue;
            };
            let most = load.place.map_or(0, |reached| reached.most);
            let other = &self.fetched[among.fetch];
            let known = &self.fetched[load.fetch];
            // The rows of each answer, picked into an answer of their own.
            let mut picked: Vec<(usize, Rows)> = Vec::new();
            let mut found = Vec::new();
            for (fetch, answer, row) in &self.reached[*place] {
                let parent = &self.fetched[*fetch].answers[*answer];
                let (Some(name), Some(by)) =
                    (parent.value(*row, *column), parent.value(*row, among.by))
                else {
                    continue;
                };
                let key = id(name).ok_or(Unread::NotUnderstood)?;
                let by = id(by).ok_or(Unread::NotUnderstood)?;
                let all = match other.by_key.get(&by) {
                    Some(all) if all.count <= among.most && !known.by_key.contains_key(&key) => all,
                    // Not asked for, or not read to the end, or known already.
                    _ => continue,
                };
                if all.count == 0 {
                    found.push((key, Found::default()));
                    continue;
                }
                let rows = &other.answers[all.answer];
                let of_answer = picked
                    .iter()
                    .position(|(source, _)| *source == all.answer)
                    .unwrap_or_else(|| {
                        picked.push((all.answer, rows.none_of(&among.columns)));
                        picked.len() - 1
                    });
                let mine = &mut picked[of_answer].1;
                let first = mine.len();
                let its = (all.first..all.first + all.count)
                    .filter(|row| rows.value(*row, among.names) == Some(name))
                    // One more than the page holds tells that there is more.
                    .take(most + 1);
                for row in its {
                    mine.add(rows, row, &among.columns);
                }
                let place = Found {
                    answer: known.answers.len() + of_answer,
                    first,
                    count: mine.len() - first,
                };
                found.push((key, place));
            }
            let known = &mut self.fetched[load.fetch];
            known
                .answers
                .extend(picked.into_iter().map(|(_, rows)| rows));
            known.by_key.extend(found);
        }
        Ok(())
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
            Keys::Column { place, column, .. } => {
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
        check(expected, rows.columns())?;
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
fn check(expected: &Fetch, columns: &[Column]) -> Result<(), Unread> {
    let behind = usize::from(expected.keyed_by == Some(expected.columns.len()));
    let fits = columns.len() == expected.columns.len() + behind
        && expected
            .columns
            .iter()
            .zip(columns)
            .all(|(scalar, column)| {
                scalar
                    .as_ref()
                    .is_none_or(|scalar: &Scalar| scalar.fits(column.kind))
            })
        && (behind == 0 || columns.last().is_some_and(|key| key.kind == oid::UUID));
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
