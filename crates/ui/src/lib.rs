//! tongban-ui.
