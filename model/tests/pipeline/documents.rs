//! The documents as they are written.
