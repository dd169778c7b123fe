//! tongban: the terminal of a municipal service hall.

fn main() {}
