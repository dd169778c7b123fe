//! tongban-connect.
