//! Everything that the wall says in words: pure functions with tables of cases.

pub mod board;
pub mod feed;
pub mod tile;
pub mod time;
