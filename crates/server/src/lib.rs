//! tongban-server.
