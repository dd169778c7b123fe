//! tongban-fingerprint.
