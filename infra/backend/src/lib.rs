//! Events into the table, documents out of it.
