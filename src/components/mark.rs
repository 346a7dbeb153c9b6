//! The shapes that distinguish the statuses without color.

use leptos::prelude::*;

use crate::status::TileStatus;

const CROSS: &str = "M9.2 6.8l2.8 2.8 2.8-2.8 2.4 2.4-2.8 2.8 2.8 2.8-2.4 2.4-2.8-2.8-2.8 2.8-2.4-2.4 2.8-2.8-2.8-2.8z";
const BARS: &str = "M7 5.5h3.4v13H7zM13.6 5.5h3.4v13h-3.4z";
const TICK: &str = "M7 12.4l3.5 3.6L17 8.6";
const OCTAGON: &str = "M7 0h10l7 7v10l-7 7H7l-7-7V7z";
const SQUARE: &str = "M4 0h16a4 4 0 0 1 4 4v16a4 4 0 0 1-4 4H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4z";
const RING: &str = "M12 1.4a10.6 10.6 0 1 1-.1 0z";
const ARC: &str = "M12 2a10 10 0 1 1-10 10";
const REST_OF_RING: &str = "M2 12A10 10 0 0 1 12 2";
const DASH: &str = "M7.5 12h9";
const SHORT_DASH: &str = "M9.8 12h4.4";
const PERSON: &str =
    "M6.6 7a5.4 5.4 0 1 1 10.8 0a5.4 5.4 0 1 1-10.8 0zM1.5 23c0-6 4.5-9 10.5-9s10.5 3 10.5 9z";

/// The shape of a status.
#[component]
pub fn Mark(
    /// The status.
    status: TileStatus,
) -> impl IntoView {
    let (frame, sign) = match status {
        TileStatus::Failed => (OCTAGON, CROSS),
        TileStatus::Waiting => (SQUARE, BARS),
        TileStatus::Running => (ARC, ""),
        TileStatus::Passed => (RING, TICK),
        TileStatus::Stopped => (RING, DASH),
        TileStatus::Unknown => (RING, SHORT_DASH),
    };
    let rest = (status == TileStatus::Running).then(|| view! { <path d=REST_OF_RING/> });
    view! {
        <svg viewBox="0 0 24 24" role="img" aria-label=status.name() data-mark=status.name()>
            <path d=format!("{frame}{sign}")/>
            {rest}
        </svg>
    }
}

/// The sign of a status without its frame, for where that is drawn already. Some statuses have none.
#[component]
pub fn Sign(
    /// The status.
    status: TileStatus,
) -> impl IntoView {
    let sign = match status {
        TileStatus::Failed => CROSS,
        TileStatus::Waiting => BARS,
        TileStatus::Passed => TICK,
        TileStatus::Running | TileStatus::Stopped | TileStatus::Unknown => return None,
    };
    Some(view! {
        <svg viewBox="4 4 16 16" role="img" aria-label=status.name() data-mark=status.name()>
            <path d=sign/>
        </svg>
    })
}

/// Precedes an author.
#[component]
pub fn Person() -> impl IntoView {
    view! { <svg viewBox="0 0 24 24"><path d=PERSON/></svg> }
}
