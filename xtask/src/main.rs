//! All that a person types.

fn main() {}
