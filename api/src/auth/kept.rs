//! Something that is fetched from elsewhere and kept for a while. Whoever finds it old has it fetched anew, the others go on
//! with the old one meanwhile; and while there is none to be had, nobody asks for it more often than is decent.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

/// Where it comes from.
pub(super) trait Source: Send + Sync + 'static {
    /// What is fetched.
    type Value: Send + Sync + 'static;

    /// Fetches it, in a bounded time. Tells the log itself why there is none.
    fn fetch(&self) -> impl Future<Output = Option<Self::Value>> + Send;
}

/// For how long.
pub(super) struct Patience {
    /// Younger than this it is used without a question.
    pub(super) fresh: TimeDelta,
    /// Younger than this it is used while no newer one can be had.
    pub(super) usable: TimeDelta,
    /// From one attempt to fetch it to the next, at least.
    pub(super) pause: TimeDelta,
}

/// The value that is kept, if there is one.
pub(super) struct Kept<S: Source> {
    source: Arc<S>,
    patience: Patience,
    state: Arc<Mutex<State<S::Value>>>,
}

struct State<T> {
    value: Option<Value<T>>,
    attempt: Option<Attempt>,
    /// How often it was said that the value is not the right one any more.
    era: u64,
}

struct Value<T> {
    it: Arc<T>,
    since: DateTime<Utc>,
    /// That in which fetching it began.
    era: u64,
}

/// The last attempt to fetch it; it is under way for as long as its sender lives, so that no panic leaves anyone waiting.
struct Attempt {
    since: DateTime<Utc>,
    under_way: watch::Receiver<()>,
}

impl<S: Source> Kept<S> {
    pub(super) fn new(source: S, patience: Patience) -> Self {
        Self {
            source: Arc::new(source),
            patience,
            state: Arc::new(Mutex::new(State {
                value: None,
                attempt: None,
                era: 0,
            })),
        }
    }

    /// Where it comes from.
    pub(super) fn source(&self) -> &S {
        &self.source
    }

    /// The value; nothing when there was none to be had for longer than patience lasts.
    pub(super) async fn get(&self, now: DateTime<Utc>) -> Option<Arc<S::Value>> {
        let attempt = {
            let mut state = locked(&self.state);
            if let Some(fresh) = state.fresh(self.patience.fresh, now) {
                return Some(fresh);
            }
            let old = state.younger_than(self.patience.usable, now);
            match (state.under_way(), old) {
                (Some(_), Some(old)) => return Some(old),
                (Some(attempt), None) => attempt,
                (None, old) if state.tried_within(self.patience.pause, now) => return old,
                (None, _) => self.begin(&mut state, now),
            }
        };
        finished(attempt).await;
        locked(&self.state).younger_than(self.patience.usable, now)
    }

    /// A value fetched after this one, which lacks something; nothing when there is none yet.
    pub(super) async fn newer_than(
        &self,
        old: &Arc<S::Value>,
        now: DateTime<Utc>,
    ) -> Option<Arc<S::Value>> {
        let newer = |state: &State<S::Value>| {
            state
                .younger_than(self.patience.usable, now)
                .filter(|value| !Arc::ptr_eq(value, old))
        };
        let attempt = {
            let mut state = locked(&self.state);
            match (newer(&state), state.under_way()) {
                (Some(newer), _) => return Some(newer),
                (None, Some(attempt)) => attempt,
                (None, None) if state.tried_within(self.patience.pause, now) => return None,
                (None, None) => self.begin(&mut state, now),
            }
        };
        finished(attempt).await;
        newer(&locked(&self.state))
    }

    /// The value is not the right one any more: who asks next fetches another. While there is none to be had it is still used.
    pub(super) fn forget(&self) {
        let mut state = locked(&self.state);
        state.era += 1;
        // One that is under way may bring what was there before.
        state.attempt = None;
    }

    /// Fetches in a task of its own: the caller who began may go away, those who wait with them shall not begin again.
    fn begin(&self, state: &mut State<S::Value>, now: DateTime<Utc>) -> watch::Receiver<()> {
        let (finished, under_way) = watch::channel(());
        state.attempt = Some(Attempt {
            since: now,
            under_way: under_way.clone(),
        });
        let era = state.era;
        let (source, state) = (Arc::clone(&self.source), Arc::clone(&self.state));
        tokio::spawn(async move {
            if let Some(value) = source.fetch().await {
                locked(&state).keep(value, now, era);
            }
            drop(finished);
        });
        under_way
    }
}

impl<T> State<T> {
    fn keep(&mut self, value: T, since: DateTime<Utc>, era: u64) {
        if self.value.as_ref().is_none_or(|kept| kept.era <= era) {
            let it = Arc::new(value);
            self.value = Some(Value { it, since, era });
        }
    }

    /// Young, and nobody said that it is not the right one any more.
    fn fresh(&self, limit: TimeDelta, now: DateTime<Utc>) -> Option<Arc<T>> {
        let is_right = self
            .value
            .as_ref()
            .is_some_and(|value| value.era == self.era);
        self.younger_than(limit, now).filter(|_| is_right)
    }

    fn younger_than(&self, limit: TimeDelta, now: DateTime<Utc>) -> Option<Arc<T>> {
        self.value
            .as_ref()
            .filter(|value| is_within(limit, value.since, now))
            .map(|value| Arc::clone(&value.it))
    }

    fn tried_within(&self, limit: TimeDelta, now: DateTime<Utc>) -> bool {
        self.attempt
            .as_ref()
            .is_some_and(|attempt| is_within(limit, attempt.since, now))
    }

    fn under_way(&self) -> Option<watch::Receiver<()>> {
        self.attempt
            .as_ref()
            .filter(|attempt| attempt.under_way.has_changed().is_ok())
            .map(|attempt| attempt.under_way.clone())
    }
}

/// Callers read the clock a little apart, so a moment in the future is near too; a clock that was set back is not trusted.
fn is_within(limit: TimeDelta, since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (now - since).abs() < limit
}

async fn finished(mut attempt: watch::Receiver<()>) {
    // Nothing is ever sent: the end of the attempt closes the channel, and that is the message.
    let _ = attempt.changed().await;
}

fn locked<T>(state: &Mutex<State<T>>) -> MutexGuard<'_, State<T>> {
    // Never held across anything that can panic half-way.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
