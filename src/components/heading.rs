//! The name on a tile.

use leptos::{either::Either, prelude::*};

use crate::{layout::thousandths, tile_view::HeadingView};

/// The name, which may lead somewhere.
#[component]
pub fn Heading(
    /// What it shows.
    heading: HeadingView,
) -> impl IntoView {
    let HeadingView { name, shown, location, href, size } = heading;
    let shown = match href {
        Some(href) => Either::Left(view! { <a href=href>{shown}</a> }),
        None => Either::Right(shown),
    };
    view! {
        <h2 title=name style:font-size=size.map(thousandths)>
            {shown}
            {location.map(|location| view! { <small>{location}</small> })}
        </h2>
    }
}
