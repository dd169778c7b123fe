//! tongban-hub.
