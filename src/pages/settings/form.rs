//! What is entered in the settings, and what it writes into an address. [`FIELDS`] has the ranges and defaults.

use leptos::prelude::*;

use crate::{
    address,
    filter::Filter,
    options::{Accounts, FIELDS, Field, Input},
};

/// What a control holds: a text, or `None` if it expects a number and holds something else.
pub type Entered = Option<String>;

/// One signal per field, in the order of [`FIELDS`].
#[derive(Clone, Copy)]
pub struct Form(StoredValue<Vec<RwSignal<Entered>>>);

impl Form {
    /// Starts with what a query says.
    pub fn new(query: &str) -> Self {
        let pairs: Vec<_> = address::pairs(query).collect();
        let entered = FIELDS.iter().map(|field| {
            let value = pairs.iter().rfind(|(name, _)| name == field.name);
            RwSignal::new(Some(initial(&field.input, value.map(|(_, value)| value.as_str()))))
        });
        Self(StoredValue::new(entered.collect()))
    }

    /// All fields, with what is entered.
    pub fn fields(self) -> Vec<(&'static Field, RwSignal<Entered>)> {
        FIELDS.iter().zip(self.0.get_value()).collect()
    }

    /// The query for what is entered, without mistakes. `display` comes first.
    pub fn query(self, display: Option<(&str, &str)>) -> String {
        let display = display.map(|(name, value)| address::encode_pair(name, value));
        let pair = |(field, entered): (&Field, RwSignal<Entered>)| {
            let value = value(&field.input, entered.read().as_deref()).ok()??;
            Some(address::encode_pair(field.name, &value))
        };
        let pairs = display.into_iter().chain(self.fields().into_iter().filter_map(pair));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// The title of the wall.
    pub fn title(self) -> String {
        let title = self.fields().into_iter().find(|(field, _)| field.name == "title");
        title.and_then(|(_, entered)| entered.get()).unwrap_or_default().trim().to_owned()
    }

    /// The first field with a mistake.
    pub fn first_mistake(self) -> Option<&'static Field> {
        let is_mistake = |(field, entered): &(&Field, RwSignal<Entered>)| {
            value(&field.input, entered.read_untracked().as_deref()).is_err()
        };
        self.fields().into_iter().find(is_mistake).map(|(field, _)| field)
    }
}

/// What a control shows first. `value` is what the query says.
fn initial(input: &Input, value: Option<&str>) -> String {
    match *input {
        Input::Choice(choices) => {
            let value = choices.iter().find(|(choice, _)| Some(*choice) == value);
            value.or(choices.first()).map(|(value, _)| (*value).to_owned()).unwrap_or_default()
        }
        Input::Number { default, unit, .. } => match value {
            Some(value) => value.strip_suffix(unit).unwrap_or(value).to_owned(),
            None => default.map(|default| default.to_string()).unwrap_or_default(),
        },
        Input::Text { default, .. } => value.unwrap_or(default).to_owned(),
        Input::Accounts => value.unwrap_or_default().to_owned(),
    }
}

/// The value for the query; `None` for the default, or what is expected, for people.
fn value(input: &Input, entered: Option<&str>) -> Result<Option<String>, String> {
    let text = entered.map_or("", str::trim);
    let unless = |default: &str| (text != default && !text.is_empty()).then(|| text.to_owned());
    Ok(match *input {
        Input::Choice(choices) => unless(choices.first().map_or("", |(value, _)| value)),
        Input::Text { default, .. } => unless(default),
        Input::Number { .. } if entered.is_some() && text.is_empty() => None,
        Input::Number { least, most, default, unit } => {
            let number = text.parse().ok().filter(|number| (least..=most).contains(number));
            let number = number.ok_or_else(|| format!("a whole number from {least} to {most}"))?;
            (Some(number) != default).then(|| format!("{number}{unit}"))
        }
        Input::Accounts => {
            let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
            let pairs = pairs.collect::<Vec<_>>().join(",");
            if !pairs.is_empty() && Accounts::parse(&pairs).is_none() {
                return Err("number:name, with commas between them".to_owned());
            }
            Some(pairs).filter(|pairs| !pairs.is_empty())
        }
    })
}

/// What is wrong with what is entered, for people.
pub fn mistake(field: &Field, entered: Option<&str>) -> Option<String> {
    match entered {
        // Its mistakes do not keep a filter from being applied.
        Some(text) if field.name == "filter" => Filter::parse(text).mistake,
        _ => value(&field.input, entered).err(),
    }
}

/// The HTML of a frame that shows the wall at `url`.
pub fn frame(url: &str, title: &str) -> String {
    let escape = |text: &str| {
        let text = text.replace('&', "&amp;").replace('"', "&quot;");
        text.replace('<', "&lt;").replace('>', "&gt;")
    };
    let (url, title) = (escape(url), escape(title));
    format!(
        r#"<iframe src="{url}" width="900" height="480" title="{title}" style="border: 0"></iframe>"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str) -> &'static Field {
        FIELDS.iter().find(|field| field.name == name).unwrap()
    }

    #[test]
    fn a_field_starts_with_what_the_query_says() {
        for (name, value, expect) in [
            ("title", None, "Pipelines"),
            ("title", Some("Payments"), "Payments"),
            ("theme", None, "auto"),
            ("theme", Some("light"), "light"),
            ("theme", Some("pink"), "auto"),
            ("columns", None, ""),
            ("columns", Some("99"), "99"),
            ("quiet", None, "7"),
            ("quiet", Some("30d"), "30"),
            ("quiet", Some("30"), "30"),
            ("accounts", Some("1:prod"), "1:prod"),
        ] {
            assert_eq!(initial(&field(name).input, value), expect, "{name}={value:?}");
        }
    }

    #[test]
    fn a_field_writes_what_is_not_the_default_and_says_what_it_expects() {
        const RANGE: Result<&str, &str> = Err("a whole number from 1 to 12");
        const PAIRS: Result<&str, &str> = Err("number:name, with commas between them");
        for (name, entered, expect) in [
            ("title", Some(" Pipelines "), Ok("")),
            ("title", Some(" Team & friends "), Ok("Team & friends")),
            ("theme", Some("auto"), Ok("")),
            ("group", Some("prefix"), Ok("prefix")),
            ("columns", Some(" "), Ok("")),
            ("columns", Some("12"), Ok("12")),
            ("columns", Some("13"), RANGE),
            ("columns", Some("2.5"), RANGE),
            ("columns", None, RANGE),
            ("quiet", Some("7"), Ok("")),
            ("quiet", Some("30"), Ok("30d")),
            ("accounts", Some(""), Ok("")),
            ("accounts", Some(" 1:prod , 2:play:ground, "), Ok("1:prod,2:play:ground")),
            ("accounts", Some("1:"), PAIRS),
        ] {
            let value = value(&field(name).input, entered).map(Option::unwrap_or_default);
            assert_eq!(value.as_deref().map_err(String::as_str), expect, "{name}: {entered:?}");
        }
    }

    #[test]
    fn a_query_has_the_display_first_and_no_defaults_or_mistakes() {
        let owner = Owner::new();
        owner.set();
        for (query, display, expect) in [
            ("?title=Pipelines&theme=auto&quiet=7d&poll=5&margin=0", None, ""),
            ("?poll=1&theme=dark", Some(("kiosk", "")), "kiosk&theme=dark&poll=1"),
            ("?columns=99&poll=1", Some(("embed", "transparent")), "embed=transparent&poll=1"),
        ] {
            assert_eq!(Form::new(query).query(display), expect);
        }
        let first_mistake = |query| Form::new(query).first_mistake().map(|field| field.name);
        assert_eq!(first_mistake("?poll=1"), None);
        assert_eq!(first_mistake("?poll=0&columns=99"), Some("columns"));
    }

    #[test]
    fn a_filter_says_what_is_wrong_and_can_still_be_applied() {
        assert_eq!(mistake(field("filter"), Some("shop status:failed")), None);
        assert!(mistake(field("filter"), Some("color:red")).is_some());
        assert!(value(&field("filter").input, Some("color:red")).is_ok());
    }

    #[test]
    fn a_frame_is_one_element_whatever_its_title() {
        assert_eq!(
            frame("https://wall/?embed&poll=1", r#""><b>&"#),
            "<iframe src=\"https://wall/?embed&amp;poll=1\" width=\"900\" height=\"480\" \
             title=\"&quot;&gt;&lt;b&gt;&amp;\" style=\"border: 0\"></iframe>"
        );
    }
}
