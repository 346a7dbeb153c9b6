//! The tile of a group.

use leptos::prelude::*;

use super::{
    mark::Mark,
    pipeline_tile::{height, transform, width},
};
use crate::{
    address::with,
    app::use_state,
    board::{Content, Entry, Group, Subject},
    browser,
    filter::with_group,
    layout::{Form, name::elide},
    options::Display,
    phrases,
    tile_view::font_size,
};

/// A group's chip or small tile: its name, and how many of its pipelines passed. In a browser it leads to them.
#[component]
pub fn GroupTile(
    /// The group's entry.
    entry: Entry,
) -> impl IntoView {
    let state = use_state();
    let Entry { content, position, .. } = entry;
    let by = state.options.with_value(|options| options.group);
    let by = by.filter(|_| state.display() == Display::Browser);
    let link = move |name: &str| {
        let filter = by.map(|by| with_group(&state.filter.read(), by, name))?;
        Some(format!("?{}", with(&browser::address::query(), "filter", Some(&filter))))
    };
    move || {
        let Content { subject: Subject::Group(group), look, .. } = content.get() else {
            return None;
        };
        let Group { name, worst, .. } = &group;
        let inside = look.map(|look| {
            let class = if look.form == Form::Chip { "age" } else { "what" };
            let text = elide(name, look.sizes.room_em()).into_owned();
            view! {
                <Mark status=*worst/>
                <h2>
                    {match link(name) {
                        Some(href) => view! { <a href=href>{text}</a> }.into_any(),
                        None => text.into_any(),
                    }}
                </h2>
                <p class=class>{phrases::board::group(&group)}</p>
            }
        });
        Some(view! {
            <article
                data-group=name.to_string()
                data-status=worst.name()
                data-form=look.map(|look| look.form.name())
                hidden=look.is_none()
                style:font-size=look.map(font_size)
                style:transform=transform(&position)
                style:width=width(&position)
                style:height=height(&position)
            >
                {inside}
            </article>
        })
    }
}
