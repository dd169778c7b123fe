//! tongban-camera.
