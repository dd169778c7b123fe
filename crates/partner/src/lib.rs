//! tongban-partner.
