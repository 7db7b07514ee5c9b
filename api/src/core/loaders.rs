//! Batching inside the request's own task: a field that needs rows says which, lets its siblings say theirs, and the first to
//! go on asks for all of them in one statement. No timer and no spawned task: a request that ends takes its batches along.

use std::any::{Any, TypeId};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use super::Session;
use super::error::Result;
use super::turn::turn;

/// One kind of thing that many fields of a request ask for, each by its key.
pub trait Batch: Send + Sync + 'static {
    /// What a field asks for.
    type Key: Clone + Eq + Hash + Send + Sync + 'static;
    /// What it gets.
    type Value: Clone + Send + Sync + 'static;

    /// Two of the same type that differ in this (in their page arguments, say) are batched apart.
    fn group(&self) -> &str;

    /// Answers all keys at once; a key without an answer has none.
    fn load(
        &self,
        session: &Session,
        keys: Vec<Self::Key>,
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self::Value>>> + Send;
}

type Slots = HashMap<(TypeId, Box<str>), Arc<dyn Any + Send + Sync>>;

/// The batches of one request.
#[derive(Default)]
pub(super) struct Loaders(Mutex<Slots>);

impl Loaders {
    /// What the batch has for the key.
    pub(super) async fn load<B: Batch>(
        &self,
        session: &Session,
        batch: &B,
        key: B::Key,
    ) -> Result<Option<B::Value>> {
        self.slot::<B>(batch.group())
            .load(session, batch, key)
            .await
    }

    /// Forgets everything: after a change, nothing that was read before it may be answered.
    pub(super) fn forget(&self) {
        lock(&self.0).clear();
    }

    fn slot<B: Batch>(&self, group: &str) -> Arc<Slot<B>> {
        let mut slots = lock(&self.0);
        let slot = slots
            .entry((TypeId::of::<B>(), group.into()))
            .or_insert_with(|| Arc::new(Slot::<B>::default()));
        // The key holds the type: this cannot be another.
        Arc::clone(slot).downcast().unwrap_or_default()
    }
}

impl fmt::Debug for Loaders {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Loaders").finish_non_exhaustive()
    }
}

struct Slot<B: Batch> {
    state: Mutex<State<B>>,
    answered: Notify,
}

struct State<B: Batch> {
    waiting: Vec<B::Key>,
    answers: HashMap<B::Key, Result<Option<B::Value>>>,
    running: bool,
}

impl<B: Batch> Default for Slot<B> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                waiting: Vec::new(),
                answers: HashMap::new(),
                running: false,
            }),
            answered: Notify::new(),
        }
    }
}

impl<B: Batch> Slot<B> {
    async fn load(&self, session: &Session, batch: &B, key: B::Key) -> Result<Option<B::Value>> {
        {
            let mut state = lock(&self.state);
            if let Some(answer) = state.answers.get(&key) {
                return answer.clone();
            }
            state.waiting.push(key.clone());
        }
        self.gather().await;
        loop {
            let answered = self.answered.notified();
            let keys = {
                let mut state = lock(&self.state);
                if let Some(answer) = state.answers.get(&key) {
                    return answer.clone();
                }
                if state.running {
                    None
                } else {
                    state.running = true;
                    let mut keys = std::mem::take(&mut state.waiting);
                    // A batch that was dropped half-way took this key along.
                    keys.push(key.clone());
                    let mut seen = HashSet::with_capacity(keys.len());
                    keys.retain(|key| !state.answers.contains_key(key) && seen.insert(key.clone()));
                    Some(keys)
                }
            };
            let Some(keys) = keys else {
                answered.await;
                continue;
            };
            // Dropped when the batch is done, failed, or abandoned: whoever waits looks again.
            let _running = Running(self);
            let loaded = batch.load(session, keys.clone()).await;
            let mut state = lock(&self.state);
            match loaded {
                Ok(mut values) => state.answers.extend(keys.into_iter().map(|key| {
                    let value = values.remove(&key);
                    (key, Ok(value))
                })),
                Err(error) => state
                    .answers
                    .extend(keys.into_iter().map(|key| (key, Err(error.clone())))),
            }
        }
    }
}

impl<B: Batch> Slot<B> {
    /// Lets every sibling that is ready say what it needs: hundreds are not all asked in one turn, so it waits until two turns in
    /// a row brought nobody new.
    async fn gather(&self) {
        let (mut known, mut quiet) = (0, 0);
        while quiet < 2 {
            turn().await;
            let waiting = lock(&self.state).waiting.len();
            quiet = if waiting > known { 0 } else { quiet + 1 };
            known = waiting;
        }
    }
}

struct Running<'a, B: Batch>(&'a Slot<B>);

impl<B: Batch> Drop for Running<'_, B> {
    fn drop(&mut self) {
        lock(&self.0.state).running = false;
        self.0.answered.notify_waiters();
    }
}

/// A panic while the lock is held leaves nothing half-done in these maps.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
