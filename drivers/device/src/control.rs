//! 调用控制: the deadline, the cancel flag and the prompt channel every device call carries.

use crate::fault::{DeviceFault, Hint};
use crate::message::Progress;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A flag shared between who runs a device call and who may stop it.
#[derive(Debug, Clone, Default)]
pub struct CancelFlag(Arc<AtomicBool>);

impl CancelFlag {
    /// A flag not yet raised.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the call to stop; it ends with [`DeviceFault::Cancelled`] at its next look.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Was the call asked to stop?
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// What a device call may take and whom it tells meanwhile.
pub struct OpControl<'a> {
    /// When the call has to be over.
    pub deadline: Instant,
    /// Raised when the caller no longer wants the result.
    pub cancel: CancelFlag,
    /// Prompts and job states on the way.
    pub progress: &'a mut dyn FnMut(Progress),
    started: Instant,
}

impl<'a> OpControl<'a> {
    /// A control that ends `budget` from now.
    pub fn new(budget: Duration, cancel: CancelFlag, progress: &'a mut dyn FnMut(Progress)) -> Self {
        let started = Instant::now();
        Self { deadline: started + budget, cancel, progress, started }
    }

    /// Time left; zero once the deadline has passed.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Milliseconds since the call began.
    #[must_use]
    pub fn waited_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Call it between two steps of a longer operation.
    ///
    /// # Errors
    /// [`DeviceFault::Cancelled`] or [`DeviceFault::Timeout`] when the call has to end.
    pub fn check(&self) -> Result<(), DeviceFault> {
        if self.cancel.is_cancelled() {
            return Err(DeviceFault::Cancelled);
        }
        if self.remaining().is_zero() {
            return Err(DeviceFault::Timeout(self.waited_ms()));
        }
        Ok(())
    }

    /// Tells the person what to do.
    pub fn prompt(&mut self, hint: Hint) {
        (self.progress)(Progress::Prompt(hint));
    }

    /// Sleeps at most `pause`, in slices, ending early when the call has to end.
    ///
    /// # Errors
    /// As [`OpControl::check`].
    pub fn pause(&self, pause: Duration) -> Result<(), DeviceFault> {
        let until = Instant::now() + pause;
        loop {
            self.check()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(Duration::from_millis(50)).min(self.remaining()));
        }
    }
}
