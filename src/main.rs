//! The wall: one tile a pipeline.

fn main() {}
