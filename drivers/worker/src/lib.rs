//! tongban-worker.
