//! Events into the table, documents out of it.
//!
//! What a pipeline is and how events join is [`model`]'s alone; here it is loaded, written and answered. The same code
//! runs in the Lambda functions and in `pipelines-dashboard-local`.

pub mod announce;
pub mod api;
pub mod body;
pub mod chain;
pub mod hooks;
pub mod http;
pub mod ingest;
pub mod reconcile;
pub mod table;
