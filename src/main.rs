//! The wall: one tile a pipeline.

mod board;
mod clock;
mod feed;
mod fit;
mod options;
mod rows;
mod screen;
mod state;
mod view;
mod words;

fn main() {
    // The framework's executor and root; what is drawn finds its own places in the page.
    leptos::mount::mount_to_body(view::start);
}
