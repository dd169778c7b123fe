//! tongban-id-card.
