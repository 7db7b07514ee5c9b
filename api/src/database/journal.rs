//! What was sent to the database for an operation, and what it cost: for the log, for whoever may see plans, and so that nobody
//! asks the same thing twice without its being noticed. Holds no values.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::value::RawValue;

use super::wire::Rows;

/// A statement that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The text, with $1 for the first value.
    pub sql: Arc<str>,
    /// Those that travelled together have the same number.
    pub round: u32,
    /// How many rows came back; none where there was no answer.
    pub rows: Option<usize>,
    /// How long the round took.
    pub time: Option<Duration>,
    /// PostgreSQL's plan, where plans are asked for.
    pub plan: Option<Box<RawValue>>,
}

/// A statement that was sent more than once.
#[derive(Clone, Debug)]
pub struct Repeated {
    /// The one that was sent most often.
    pub sql: Arc<str>,
    /// How often.
    pub times: usize,
    /// How many statements would have been fewer if none was repeated.
    pub needless: u64,
}

/// The statements of an operation in their order; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    explains: bool,
    pages: Arc<Mutex<Pages>>,
}

#[derive(Debug, Default)]
struct Pages {
    sent: Vec<Sent>,
    explaining: Duration,
}

impl Journal {
    /// An empty one; with plans, if the caller may see them.
    pub fn new(explains: bool) -> Self {
        Self {
            explains,
            pages: Arc::default(),
        }
    }

    /// Whether plans are asked for.
    pub const fn explains(&self) -> bool {
        self.explains
    }

    /// How many statements were sent, the beginnings and ends of transactions not counted.
    pub fn statements(&self) -> u32 {
        u32::try_from(self.pages().sent.len()).unwrap_or(u32::MAX)
    }

    /// All of them.
    pub fn sent(&self) -> Vec<Sent> {
        self.pages().sent.clone()
    }

    /// How long it took to ask for the plans.
    pub fn explaining(&self) -> Duration {
        self.pages().explaining
    }

    /// The statement that was sent most often, if one was sent more than once.
    pub fn repeated(&self) -> Option<Repeated> {
        let pages = self.pages();
        let mut repeated: Option<Repeated> = None;
        for (index, first) in pages.sent.iter().enumerate() {
            let again = pages.sent[index + 1..]
                .iter()
                .filter(|other| Arc::ptr_eq(&other.sql, &first.sql) || other.sql == first.sql)
                .count();
            if again == 0 {
                continue;
            }
            let most = repeated.get_or_insert_with(|| Repeated {
                sql: Arc::clone(&first.sql),
                times: 0,
                needless: 0,
            });
            most.needless += 1;
            if again + 1 > most.times {
                most.times = again + 1;
                most.sql = Arc::clone(&first.sql);
            }
        }
        repeated
    }

    /// A round is about to be sent. What is said of its statements later begins at this place.
    pub(super) fn begin<'a>(&self, statements: impl Iterator<Item = &'a Arc<str>>) -> usize {
        let mut pages = self.pages();
        let place = pages.sent.len();
        let round = pages.sent.last().map_or(1, |last| last.round + 1);
        pages.sent.extend(statements.map(|sql| Sent {
            sql: Arc::clone(sql),
            round,
            rows: None,
            time: None,
            plan: None,
        }));
        place
    }

    /// The round was answered.
    pub(super) fn end(&self, place: usize, time: Duration, answers: &[Rows]) {
        let mut pages = self.pages();
        for (sent, rows) in pages.sent.iter_mut().skip(place).zip(answers) {
            sent.rows = Some(rows.len());
            sent.time = Some(time);
        }
    }

    /// The plans of the round were asked for.
    pub(super) fn explained(
        &self,
        place: usize,
        time: Duration,
        plans: Vec<Option<Box<RawValue>>>,
    ) {
        let mut pages = self.pages();
        pages.explaining += time;
        for (sent, plan) in pages.sent.iter_mut().skip(place).zip(plans) {
            sent.plan = plan;
        }
    }

    /// Nothing is left half-written where a panic could happen.
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
