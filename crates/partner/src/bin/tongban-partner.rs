//! tongban-partner.

fn main() {}
