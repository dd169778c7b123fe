//! tongban-printer.
