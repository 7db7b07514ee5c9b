//! Waiting until everybody else had their turn. An object whose fields are resolved side by side polls all of them whenever one
//! of them wakes: a plain yield would be over at the first of these polls, long before the siblings elsewhere were asked.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Goes on when the scheduler has run out of ready tasks once, and not when polled before.
pub(super) async fn turn() {
    let turn = Arc::new(Turn::default());
    let mut yielding = pin!(tokio::task::yield_now());
    let mut begun = false;
    poll_fn(|context| {
        turn.remember(context.waker());
        if !begun {
            begun = true;
            // It is never polled again: what counts is when the scheduler calls this waker.
            let waker = Waker::from(Arc::clone(&turn));
            let _ = yielding.as_mut().poll(&mut Context::from_waker(&waker));
        }
        if turn.over.load(Ordering::Acquire) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

#[derive(Default)]
struct Turn {
    over: AtomicBool,
    waiting: Mutex<Option<Waker>>,
}

impl Turn {
    fn remember(&self, waker: &Waker) {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker.clone());
    }
}

impl Wake for Turn {
    fn wake(self: Arc<Self>) {
        self.over.store(true, Ordering::Release);
        let waiting = self
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(waker) = waiting {
            waker.wake();
        }
    }
}
