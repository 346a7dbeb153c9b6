//! The settings: they make the address of a wall, for this window, for a television and for a frame in another page.

mod form;
mod links;

use leptos::{either::Either, ev, prelude::*};

use self::{
    form::{Entered, Form, mistake},
    links::Links,
};
use super::dialog::{Dialog, FocusAfter};
use crate::{
    app::use_state,
    browser,
    options::{Field, Input, Section},
    phrases,
};

/// What the keys do while no text is edited.
const KEYS: [(&str, &str); 6] = [
    ("/", "to the filter"),
    ("← ↑ → ↓", "from tile to tile"),
    ("Enter", "opens the pipeline"),
    ("Esc", "closes what is open, clears the filter"),
    ("f", "full screen"),
    ("?", "these settings"),
];

/// The settings, over the wall.
#[component]
pub fn Settings() -> impl IntoView {
    let state = use_state();
    let form = Form::new(&browser::address::query());
    let close = move || state.settings_open.set(false);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if focus_mistake(form) {
            return;
        }
        let query = form.query(None);
        if browser::address::query().trim_start_matches('?') == query {
            close();
        } else {
            browser::address::open(&query);
        }
    };
    // The wall follows a filter while it is edited, until the settings close.
    let filter = state.filter.get_untracked();
    on_cleanup(move || {
        if *state.filter.read_untracked() != filter {
            state.set_filter(filter);
        }
    });
    view! {
        <Dialog
            id="settings"
            name_id="settings-name"
            focus_after=FocusAfter::Opener
            on_close=move |()| close()
        >
            <form novalidate on:submit=submit>
                <div class="top">
                    <h2 id="settings-name">"Settings"</h2>
                    <button
                        type="button"
                        aria-label="Close"
                        title="Close (Esc)"
                        on:click=move |_| close()
                    >
                        "×"
                    </button>
                </div>
                <Ignored/>
                <Fields form section=Section::Content legend="Content"/>
                <Fields form section=Section::Appearance legend="Appearance"/>
                <Links form/>
                <Keys/>
                <div class="bottom">
                    <button>"Apply to this window"</button>
                </div>
            </form>
        </Dialog>
    }
}

/// Moves the focus to the first field with a mistake. Returns whether there is one.
fn focus_mistake(form: Form) -> bool {
    let mistake = form.first_mistake();
    if let Some(field) = mistake {
        browser::focus::by_id(&control_id(field));
    }
    mistake.is_some()
}

fn control_id(field: &Field) -> String {
    format!("set-{}", field.name)
}

/// The parameters of the address that were ignored.
#[component]
fn Ignored() -> impl IntoView {
    let ignored =
        use_state().options.with_value(|options| phrases::board::ignored_options(&options.ignored));
    (!ignored.is_empty()).then(|| view! { <p class="wrong">{ignored}</p> })
}

/// The fields of a section.
#[component]
fn Fields(
    /// What is entered.
    form: Form,
    /// The section.
    section: Section,
    /// Its heading.
    legend: &'static str,
) -> impl IntoView {
    let fields = form.fields().into_iter().filter(|(field, _)| field.section == section);
    let rows = fields.map(|(field, entered)| view! { <FieldRow field entered/> });
    view! {
        <fieldset>
            <legend>{legend}</legend>
            {rows.collect_view()}
        </fieldset>
    }
}

/// A label, a control, and a hint or what is wrong.
#[component]
fn FieldRow(
    /// The field.
    field: &'static Field,
    /// What is entered.
    entered: RwSignal<Entered>,
) -> impl IntoView {
    let mistake = Memo::new(move |_| mistake(field, entered.read().as_deref()));
    let hint_id = format!("hint-{}", field.name);
    let hint = move || mistake.get().unwrap_or_else(|| field.hint.to_owned());
    view! {
        <div>
            <label for=control_id(field)>{field.label}</label>
            <Control field entered mistake hint_id=hint_id.clone()/>
            <small id=hint_id>{hint}</small>
        </div>
    }
}

/// The control of a field.
#[component]
fn Control(
    /// The field.
    field: &'static Field,
    /// What is entered.
    entered: RwSignal<Entered>,
    /// What is wrong with it.
    mistake: Memo<Option<String>>,
    /// The id of the element that describes it.
    hint_id: String,
) -> impl IntoView {
    let state = use_state();
    let initial = entered.get_untracked().unwrap_or_default();
    let enter = move |event: ev::Event| {
        entered.set(browser::form::entered(&event));
        if field.name == "filter" {
            state.set_filter(entered.get_untracked().unwrap_or_default());
        }
    };
    let (kind, range, longest) = match field.input {
        Input::Choice(choices) => {
            let choices = choices.iter().map(|(value, label)| {
                view! { <option value=*value selected=*value == initial>{*label}</option> }
            });
            return Either::Left(view! {
                <select id=control_id(field) aria-describedby=hint_id on:input=enter>
                    {choices.collect_view()}
                </select>
            });
        }
        Input::Number { least, most, .. } => ("number", Some((least, most)), None),
        Input::Text { longest, .. } => ("text", None, Some(longest)),
        Input::Accounts => ("text", None, None),
    };
    Either::Right(view! {
        <input
            id=control_id(field)
            type=kind
            min=range.map(|(least, _)| least)
            max=range.map(|(_, most)| most)
            maxlength=longest
            value=initial
            autocomplete="off"
            spellcheck="false"
            aria-describedby=hint_id
            aria-invalid=move || mistake.read().as_ref().map(|_| "true")
            on:input=enter
        />
    })
}

/// What the keys do.
#[component]
fn Keys() -> impl IntoView {
    let keys = KEYS.map(|(key, words)| view! { <li><kbd>{key}</kbd>{words}</li> });
    view! {
        <fieldset class="wide">
            <legend>"Keys"</legend>
            <ul>{keys.collect_view()}</ul>
        </fieldset>
    }
}
