//! The name of a pipeline.

use leptos::{either::Either, prelude::*};

use crate::{app::use_state, layout::thousandths, options::Display, tile_view::HeadingView};

/// The name, which leads to the pipeline's page except on a television.
#[component]
pub fn Heading(
    /// The pipeline's id.
    id: String,
    /// What it shows.
    heading: HeadingView,
) -> impl IntoView {
    let HeadingView { name, shown, location, size } = heading;
    let shown = if use_state().display() == Display::Kiosk {
        Either::Left(shown)
    } else {
        Either::Right(view! { <a href=format!("#p={id}")>{shown}</a> })
    };
    view! {
        <h2 title=name style:font-size=size.map(thousandths)>
            {shown}
            {location.map(|location| view! { <small>{location}</small> })}
        </h2>
    }
}
