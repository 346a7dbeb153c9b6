//! What is on the wall, one component per file. Components draw; they decide nothing.

pub mod access_key;
pub mod announcement;
pub mod banner;
pub mod counts;
pub mod filter_box;
pub mod gear;
pub mod header;
pub mod heading;
pub mod history;
pub mod mark;
pub mod message;
pub mod prominent;
pub mod rail;
pub mod root_attributes;
pub mod shelf;
pub mod tile;
pub mod tiles;
