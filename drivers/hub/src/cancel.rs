//! 取消: lets a screen stop a device call it no longer wants.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

#[derive(Debug, Default)]
struct Inner {
    raised: AtomicBool,
    wake: Notify,
}

/// Raised once, seen by every clone.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<Inner>);

impl CancelToken {
    /// A token not yet raised.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises it.
    pub fn cancel(&self) {
        self.0.raised.store(true, Ordering::Release);
        self.0.wake.notify_waiters();
    }

    /// Is it raised?
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.raised.load(Ordering::Acquire)
    }

    /// Waits until it is raised.
    pub async fn cancelled(&self) {
        loop {
            // Made before the look, so that a raise between look and wait is not missed.
            let woken = self.0.wake.notified();
            if self.is_cancelled() {
                return;
            }
            woken.await;
        }
    }
}
