//! What opens over the wall.

pub mod pipeline;
pub mod settings;
