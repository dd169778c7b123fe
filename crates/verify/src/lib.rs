//! tongban-verify.
