//! tongban-transport.
