//! What a pipeline is: foreign CI events in, one honest document a pipeline out.
//!
//! `event::parse` turns one foreign JSON event into an [`event::Event`], `Pipeline::apply` joins it into what is
//! known of that pipeline in any order of arrival, `Pipeline::tile` reads out the row that the wall draws.
//!
//! The crate runs at both ends, in the Lambda and in the browser, so that what is written and what is drawn can't drift
//! apart. Deliberately absent: I/O, clocks, environment, randomness, any framework.

pub mod badge;
pub mod cctray;
pub mod directory;
pub mod event;
pub mod fnv;
pub mod id;
pub mod news;
pub mod page;
pub mod pipeline;
pub mod text;
pub mod tile;
pub mod timestamp;
mod xml;

pub use id::PipelineId;
pub use page::Page;
pub use pipeline::{Applied, Pipeline};
pub use tile::{Status, Tile};
pub use timestamp::Timestamp;
