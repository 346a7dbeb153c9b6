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
    screen::remove_loading();
    leptos::mount::mount_to_body(view::wall);
}
