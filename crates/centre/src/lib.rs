//! tongban-centre.
