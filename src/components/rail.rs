//! The stages of a pipeline, in its order.

use leptos::prelude::*;

use super::mark::Sign;
use crate::tile_view::Segment;

/// The rail of a large tile. Without labels, a segment has its name as a tooltip.
#[component]
pub fn Rail(
    /// The stages.
    segments: Vec<Segment>,
    /// Whether there is room for names.
    has_labels: bool,
) -> impl IntoView {
    let segment = |Segment { name, stage, sign, progress }| {
        let title = (!has_labels).then(|| name.clone());
        let label = has_labels.then(|| {
            view! {
                {sign.map(|status| view! { <Sign status/> })}
                {name}
            }
        });
        let done = progress.map(|percent: u64| format!("{percent}%"));
        view! { <li data-stage=stage title=title style=("--done", done)>{label}</li> }
    };
    view! { <ol>{segments.into_iter().map(segment).collect_view()}</ol> }
}
