//! tongban-store.
