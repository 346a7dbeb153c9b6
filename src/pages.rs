//! What opens over the wall.

mod dialog;
pub mod pipeline;
pub mod settings;
