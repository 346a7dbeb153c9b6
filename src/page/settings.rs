//! The settings.

use super::view::{dialog, head};
use crate::view::node::Node;

/// The whole dialog.
pub fn settings() -> Node {
    dialog("settings").child(head("none", None, "Settings".to_owned(), String::new(), None))
}

/// Tells the link.
pub fn tell() {}
