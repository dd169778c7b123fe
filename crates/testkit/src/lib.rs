//! tongban-testkit.
