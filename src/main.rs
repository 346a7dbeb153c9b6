//! The wall: one tile per pipeline. A Leptos application; start reading at [`app::App`].

mod address;
mod api;
mod app;
mod board;
mod browser;
mod clock;
mod components;
mod display;
mod feed;
mod filter;
mod layout;
mod options;
mod pages;
mod phrases;
mod status;
#[cfg(test)]
mod testing;
mod tile_view;

fn main() {
    browser::root::remove_placeholder();
    leptos::mount::mount_to_body(app::App);
}
