//! tongban-verify.

fn main() {}
