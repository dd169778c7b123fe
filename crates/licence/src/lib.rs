//! tongban-licence.
