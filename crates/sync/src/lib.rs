//! tongban-sync.
