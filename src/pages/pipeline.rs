//! A pipeline's page.

use leptos::prelude::*;

/// Shows the runs of a pipeline.
#[component]
pub fn PipelinePage(
    /// The pipeline.
    id: String,
) -> impl IntoView {
    view! { <dialog id="opened">{id}</dialog> }
}
