//! tongban-worker.

fn main() {}
