//! tongban-protocol.
