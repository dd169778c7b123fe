//! The runtime on which connections to PostgreSQL and S3 live.
//!
//! The rooms are blocking code on blocking threads; what they ask of another server is driven
//! here and awaited there, so that a call works from any thread, inside a runtime or not.

use crate::error::{CentreError, Result};
use std::future::Future;
use tokio::runtime::{Builder, Runtime};

/// A small runtime that may be dropped anywhere.
pub(super) struct Background(Option<Runtime>);

impl Background {
    pub fn start(name: &str) -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name(name)
            .enable_all()
            .build()
            .map_err(CentreError::file("start storage runtime"))?;
        Ok(Self(Some(runtime)))
    }

    /// Runs a future here and waits for it on the calling thread.
    pub fn run<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> Result<T> {
        let runtime = self.0.as_ref().ok_or_else(|| CentreError::Damaged("storage runtime is gone".into()))?;
        futures::executor::block_on(runtime.spawn(future))
            .map_err(|error| CentreError::Damaged(format!("storage task: {error}")))
    }

    /// Leaves a future running here.
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.0 {
            runtime.spawn(future);
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // Dropping a runtime waits, which an async thread must not; its tasks hold nothing undone.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
