//! tongban-vision-worker.
