//! The wall: one tile a pipeline.

mod board;
mod clock;
mod feed;
mod fit;
mod options;
mod screen;
mod state;
mod view;
mod words;

fn main() {
    leptos::mount::mount_to_body(view::wall);
}
