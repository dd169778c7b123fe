//! tongban-vision.

fn main() {}
