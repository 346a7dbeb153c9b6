//! The whole system on one machine.

fn main() {}
