//! tongban-server.

fn main() {}
