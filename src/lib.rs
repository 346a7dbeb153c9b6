//! The wall: one tile a pipeline.

mod board;
mod clock;
mod feed;
mod filter;
mod fit;
mod json;
mod number;
mod options;
mod rows;
mod screen;
mod signal;
mod state;
#[cfg(test)]
mod testing;
mod view;
mod words;

/// A quarter of the size of the standard library's.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Draws the wall into the page, for as long as the page lives.
pub fn start() {
    // The framework's executor and root; what is drawn finds its own places in the page.
    leptos::mount::mount_to_body(view::start);
}
