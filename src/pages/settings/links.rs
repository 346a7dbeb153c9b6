//! Links to walls with the settings that are entered.

use leptos::{html, prelude::*};

use super::{
    focus_mistake,
    form::{Form, frame},
};
use crate::{
    address::encode_pair,
    app::use_state,
    browser::{
        address::page_url,
        focus,
        form::{Copied, copy},
    },
};

/// A link that the settings offer.
#[derive(Debug)]
struct Link {
    id: &'static str,
    label: &'static str,
    display: Option<&'static str>,
}

const LINKS: [Link; 3] = [
    Link { id: "link-0", label: "Link to this wall", display: None },
    Link { id: "link-1", label: "Link for a television", display: Some("kiosk") },
    Link { id: "link-2", label: "Frame for another page", display: Some(EMBED) },
];
const EMBED: &str = "embed";

/// What the links consist of.
#[derive(Clone, Copy)]
struct LinkParts {
    form: Form,
    /// The access key of this wall, if it has one.
    key: StoredValue<Option<String>>,
    includes_key: RwSignal<bool>,
    is_transparent: RwSignal<bool>,
}

impl LinkParts {
    /// The address of the wall, or the HTML of a frame.
    fn text(self, link: &Link) -> String {
        let is_transparent = link.display == Some(EMBED) && self.is_transparent.get();
        let value = if is_transparent { "transparent" } else { "" };
        let query = self.form.query(link.display.map(|name| (name, value)));
        let query = if query.is_empty() { query } else { format!("?{query}") };
        let key = self.key.get_value().filter(|_| self.includes_key.get());
        let fragment = key.map(|key| format!("#{}", encode_pair("key", &key))).unwrap_or_default();
        let url = format!("{}{query}{fragment}", page_url());
        if link.display == Some(EMBED) { frame(&url, &self.form.title()) } else { url }
    }

    /// What is said after copying.
    fn outcome(self, link: &Link, copied: Copied) -> String {
        let key = match (self.key.with_value(Option::is_some), self.includes_key.get_untracked()) {
            (false, _) => "",
            (true, true) => ", with the access key",
            (true, false) => ", without the access key",
        };
        match copied {
            Copied::Yes => format!("{} copied{key}.", link.label),
            Copied::Refused => "The browser refuses to copy; the text is selected.".to_owned(),
        }
    }
}

/// The links.
#[component]
pub fn Links(
    /// What is entered.
    form: Form,
) -> impl IntoView {
    let parts = LinkParts {
        form,
        key: use_state().key,
        includes_key: RwSignal::new(false),
        is_transparent: RwSignal::new(false),
    };
    let outcome = RwSignal::new(String::new());
    let has_key = parts.key.with_value(Option::is_some);
    let key_label = "Include the access key: anybody who sees the link can open the wall";
    let links = LINKS.iter().map(|link| view! { <LinkRow link parts outcome/> });
    view! {
        <fieldset class="wide">
            <legend>"Links with these settings"</legend>
            {links.collect_view()}
            <Checkbox
                id="set-transparent"
                label="Transparent background of the frame"
                checked=parts.is_transparent
            />
            {has_key
                .then(|| {
                    view! { <Checkbox id="set-key" label=key_label checked=parts.includes_key/> }
                })}
            <p role="status">{outcome}</p>
        </fieldset>
    }
}

/// A link, and the button that copies it.
#[component]
fn LinkRow(
    /// The link.
    link: &'static Link,
    /// What it consists of.
    parts: LinkParts,
    /// What is said after copying.
    outcome: RwSignal<String>,
) -> impl IntoView {
    let (input, button) = (NodeRef::<html::Input>::new(), NodeRef::<html::Button>::new());
    let copy = move |_| {
        if !focus_mistake(parts.form)
            && let Some((input, button)) = input.get().zip(button.get())
        {
            outcome.set(parts.outcome(link, copy(&input)));
            focus::focus(&button);
        }
    };
    view! {
        <div class="link">
            <label for=link.id>{link.label}</label>
            <input
                node_ref=input
                id=link.id
                readonly
                prop:value=move || parts.text(link)
            />
            <button
                node_ref=button
                type="button"
                aria-label=format!("Copy: {}", link.label)
                on:click=copy
            >
                "Copy"
            </button>
        </div>
    }
}

/// A checkbox.
#[component]
fn Checkbox(
    /// Its id.
    id: &'static str,
    /// Its label.
    label: &'static str,
    /// Whether it is checked.
    checked: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <p>
            <input id=id type="checkbox" bind:checked=checked/>
            <label for=id>{label}</label>
        </p>
    }
}
