//! tongban-crypto.
