//! tongban-sqlite.
