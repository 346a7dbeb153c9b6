//! Strangers' bytes through the whole model: `cargo +nightly fuzz run parse_and_apply` in `model/`.
//!
//! `tests/parse_and_apply.rs` runs the same on stable, on mutated fixtures.

#![no_main]

#[path = "../exercise.rs"]
mod exercise;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise::parse_and_apply(bytes));
