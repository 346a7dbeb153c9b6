//! The browser: the only modules that use web-sys, apart from the types of events and node references. They decide
//! nothing.

pub mod address;
pub mod animations;
pub mod clock;
pub mod dialog;
pub mod focus;
pub mod form;
pub mod frame;
pub mod full_screen;
pub mod keys;
pub mod order;
pub mod position;
pub mod request;
pub mod root;
pub mod size;
pub mod storage;
pub mod tab;
pub mod visibility;
pub mod wake_lock;
