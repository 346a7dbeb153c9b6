//! The options of a wall: what the query of its address may say.
//!
//! [`FIELDS`] is the one table of them. [`Options::parse`] reads by it, and the settings dialog is drawn from it.

use crate::address;

/// How the wall is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Display {
    /// In a browser's tab, with controls.
    Browser,
    /// On a television: no controls, no cursor.
    Kiosk,
    /// In a frame of another page.
    Embed,
}

impl Display {
    /// The value of `data-display`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Kiosk => "kiosk",
            Self::Embed => "embed",
        }
    }
}

/// The order of the tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// The worst first, in large tiles.
    Severity,
    /// By name, at fixed positions.
    Name,
    /// The latest event first.
    Recent,
}

/// What passed pipelines are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// Their account.
    Account,
    /// Their Region.
    Region,
    /// Their CI.
    Source,
    /// Their names up to the first `-`, `_`, `.` or `/`.
    Prefix,
}

impl GroupBy {
    const ALL: [Self; 4] = [Self::Account, Self::Region, Self::Source, Self::Prefix];

    /// The value in the query, and the field's name in the filter.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Region => "region",
            Self::Source => "source",
            Self::Prefix => "prefix",
        }
    }
}

/// Whether tiles show the author of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authors {
    /// They do.
    Shown,
    /// They do not; some teams object.
    Hidden,
}

/// Names for account numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounts(Vec<(String, String)>);

impl Accounts {
    const LONGEST_NAME: usize = 80;

    /// Parses `123456789012:prod,210987654321:staging`.
    pub fn parse(text: &str) -> Option<Self> {
        let named = |pair: &str| {
            let (account, name) = pair.split_once(':')?;
            let is_whole = !account.is_empty() && !name.is_empty();
            let name = name.chars().take(Self::LONGEST_NAME).collect();
            is_whole.then(|| (account.to_owned(), name))
        };
        text.split(',').map(named).collect::<Option<_>>().map(Self)
    }

    /// Returns the name of an account, or its number.
    pub fn name<'a>(&'a self, account: &'a str) -> &'a str {
        self.0.iter().find(|(other, _)| other == account).map_or(account, |(_, name)| name)
    }
}

/// Everything that the query says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How the wall is used.
    pub display: Display,
    /// The header's title.
    pub title: String,
    /// Seconds between two requests, 1 to 300.
    pub poll_s: u16,
    /// Which pipelines are shown; see [`crate::filter`].
    pub filter: String,
    /// The order of the tiles.
    pub sort: Sort,
    /// What passed pipelines are grouped by, if at all.
    pub group: Option<GroupBy>,
    /// The maximum number of columns, 1 to 12.
    pub columns: Option<u8>,
    /// Whether tiles show the author of a change.
    pub authors: Authors,
    /// Names for account numbers.
    pub accounts: Accounts,
    /// The percentage of the window at each edge that a television does not show, 0 to 10.
    pub margin: u8,
    /// Days after which a failure is old and its tile no longer filled.
    pub old_after_d: u16,
    /// Parameters that were ignored, for people.
    pub ignored: Vec<String>,
}

/// A parameter of the query that people can set.
#[derive(Debug)]
pub struct Field {
    /// Its name in the query.
    pub name: &'static str,
    /// Its label in the settings.
    pub label: &'static str,
    /// A remark below it.
    pub hint: &'static str,
    /// The part of the settings that it belongs to.
    pub section: Section,
    /// What it accepts.
    pub input: Input,
    /// Sets it; `None` if the value is not valid.
    set: fn(&mut Options, &str) -> Option<()>,
}

/// A part of the settings: what is shown, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Content,
    Appearance,
}

/// What a field accepts. Its default is not written into the query.
#[derive(Clone, Copy, Debug)]
pub enum Input {
    /// Any text of this maximum length in characters.
    Text { longest: usize, default: &'static str },
    /// One of these values, each with its label; the first one is the default.
    Choice(&'static [(&'static str, &'static str)]),
    /// A whole number in a range, followed by a unit in the query.
    Number { least: u16, most: u16, default: Option<u16>, unit: &'static str },
    /// Pairs of account and name, separated by commas.
    Accounts,
}

const LONGEST_TITLE: usize = 80;
const TITLE: &str = "Pipelines";
const POLL_S: u16 = 5;
const OLD_AFTER_D: u16 = 7;

/// All fields, in the order in which the settings write them.
pub const FIELDS: &[Field] = &[
    field(
        ["title", "Title", ""],
        Section::Content,
        Input::Text { longest: LONGEST_TITLE, default: TITLE },
        |options, title| {
            options.title = title.trim().chars().take(LONGEST_TITLE).collect();
            Some(())
        },
    ),
    field(
        ["theme", "Colors", ""],
        Section::Appearance,
        Input::Choice(&[("auto", "like the system"), ("dark", "dark"), ("light", "light")]),
        // boot.js has applied it before the first paint.
        |_, theme| matches!(theme, "auto" | "dark" | "light").then_some(()),
    ),
    field(
        [
            "filter",
            "Filter",
            "words, \"exact\", -not, status: author: source: account: region: stage: prefix:",
        ],
        Section::Content,
        Input::Text { longest: 1000, default: "" },
        |options, filter| {
            filter.clone_into(&mut options.filter);
            Some(())
        },
    ),
    field(
        ["sort", "Order", ""],
        Section::Content,
        Input::Choice(&[
            ("severity", "worst first"),
            ("name", "by name, at fixed positions"),
            ("recent", "latest event first"),
        ]),
        |options, sort| {
            options.sort = match sort {
                "severity" => Sort::Severity,
                "name" => Sort::Name,
                "recent" => Sort::Recent,
                _ => return None,
            };
            Some(())
        },
    ),
    field(
        ["group", "Groups", "the passed pipelines of a group share one chip"],
        Section::Content,
        Input::Choice(&[
            ("none", "none"),
            ("account", "by account"),
            ("region", "by Region"),
            ("source", "by CI"),
            ("prefix", "by the first part of the name"),
        ]),
        |options, group| {
            let by = GroupBy::ALL.into_iter().find(|by| by.name() == group);
            options.group = by;
            (by.is_some() || group == "none").then_some(())
        },
    ),
    field(
        ["columns", "Maximum columns", "leave empty to fit as many as possible"],
        Section::Content,
        Input::Number { least: 1, most: 12, default: None, unit: "" },
        |options, columns| {
            options.columns = Some(within(columns, 1, 12)?);
            Some(())
        },
    ),
    field(
        ["authors", "Authors", ""],
        Section::Appearance,
        Input::Choice(&[("on", "shown"), ("off", "hidden")]),
        |options, authors| {
            options.authors = if authors == "off" { Authors::Hidden } else { Authors::Shown };
            matches!(authors, "on" | "off").then_some(())
        },
    ),
    field(
        ["accounts", "Account names", "123456789012:production, 210987654321:staging"],
        Section::Appearance,
        Input::Accounts,
        |options, accounts| {
            options.accounts = Accounts::parse(accounts)?;
            Some(())
        },
    ),
    field(
        ["quiet", "Age of an old failure", "days after which its tile is no longer filled"],
        Section::Appearance,
        Input::Number { least: 1, most: 3650, default: Some(OLD_AFTER_D), unit: "d" },
        |options, days| {
            options.old_after_d = within(days.strip_suffix('d')?, 1, 3650)?;
            Some(())
        },
    ),
    field(
        ["poll", "Polling interval", "seconds"],
        Section::Appearance,
        Input::Number { least: 1, most: 300, default: Some(POLL_S), unit: "" },
        |options, seconds| {
            options.poll_s = within(seconds, 1, 300)?;
            Some(())
        },
    ),
    field(
        ["margin", "Hidden edge", "percent at each edge, for televisions"],
        Section::Appearance,
        Input::Number { least: 0, most: 10, default: Some(0), unit: "" },
        |options, percent| {
            options.margin = within(percent, 0, 10)?;
            Some(())
        },
    ),
];

const fn field(
    [name, label, hint]: [&'static str; 3],
    section: Section,
    input: Input,
    set: fn(&mut Options, &str) -> Option<()>,
) -> Field {
    Field { name, label, hint, section, input, set }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            display: Display::Browser,
            title: TITLE.to_owned(),
            poll_s: POLL_S,
            filter: String::new(),
            sort: Sort::Severity,
            group: None,
            columns: None,
            authors: Authors::Shown,
            accounts: Accounts::default(),
            margin: 0,
            old_after_d: OLD_AFTER_D,
            ignored: Vec::new(),
        }
    }
}

impl Options {
    /// Parses `?kiosk&poll=10`, with or without its question mark. Parameters that are not valid are ignored and listed.
    pub fn parse(query: &str) -> Self {
        let mut options = Self::default();
        for (name, value) in address::pairs(query) {
            if options.set(&name, &value).is_none() {
                options.ignored.push(shortened(&name, &value));
            }
        }
        options
    }

    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        match (name, value) {
            ("kiosk", "") => self.display = Display::Kiosk,
            // boot.js has made the background transparent before the first paint.
            ("embed", "" | "transparent") => self.display = Display::Embed,
            _ => (FIELDS.iter().find(|field| field.name == name)?.set)(self, value)?,
        }
        Some(())
    }
}

/// A whole number in a range, both ends included.
fn within<T: std::str::FromStr + PartialOrd>(text: &str, least: T, most: T) -> Option<T> {
    text.parse().ok().filter(|number| (least..=most).contains(number))
}

fn shortened(name: &str, value: &str) -> String {
    const LONGEST: usize = 40;
    let cut = |text: &str| text.chars().take(LONGEST).collect::<String>();
    if value.is_empty() { cut(name) } else { format!("{}={}", cut(name), cut(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expect: impl FnOnce(&mut Options)) {
        let mut options = Options::default();
        expect(&mut options);
        assert_eq!(Options::parse(query), options);
    }

    #[track_caller]
    fn check_ignored(query: &str, ignored: &str) {
        check(query, |options| options.ignored.push(ignored.to_owned()));
    }

    #[test]
    fn an_empty_query_is_the_default() {
        check("", |_| ());
        check("?", |_| ());
    }

    #[test]
    fn parses_every_field() {
        check("?kiosk", |options| options.display = Display::Kiosk);
        check("kiosk=", |options| options.display = Display::Kiosk);
        check("?embed&theme=light", |options| options.display = Display::Embed);
        check("?theme=auto", |_| ());
        check("?embed=transparent", |options| options.display = Display::Embed);
        check("?poll=300", |options| options.poll_s = 300);
        check("?filter=status%3Afailed+-sandbox", |options| {
            options.filter = "status:failed -sandbox".to_owned();
        });
        check("?sort=name&group=prefix", |options| {
            (options.sort, options.group) = (Sort::Name, Some(GroupBy::Prefix));
        });
        check("?sort=recent&group=region", |options| {
            (options.sort, options.group) = (Sort::Recent, Some(GroupBy::Region));
        });
        check("?columns=12&margin=10", |options| {
            (options.columns, options.margin) = (Some(12), 10);
        });
        check("?authors=off&quiet=30d", |options| {
            (options.authors, options.old_after_d) = (Authors::Hidden, 30);
        });
        let accounts =
            vec![("1".to_owned(), "prod".to_owned()), ("2".to_owned(), "play:ground".to_owned())];
        check("?accounts=1:prod,2:play:ground", |options| options.accounts = Accounts(accounts));
        check("?title=Payments+team%21", |options| options.title = "Payments team!".to_owned());
        check(&format!("?title={}", "é".repeat(200)), |options| options.title = "é".repeat(80));
    }

    #[test]
    fn the_table_offers_valid_values_and_has_the_defaults() {
        let mut options = Options::default();
        for Field { name, input, set, .. } in FIELDS.iter().rev() {
            let number = |unit| move |number| format!("{number}{unit}");
            // The default comes last.
            let values: Vec<String> = match input {
                Input::Choice(choices) => {
                    choices.iter().rev().map(|(value, _)| (*value).to_owned()).collect()
                }
                Input::Number { most, default, unit, .. } => {
                    [Some(*most), *default].into_iter().flatten().map(number(unit)).collect()
                }
                Input::Text { default, .. } => vec![(*default).to_owned()],
                Input::Accounts => vec!["1:prod".to_owned()],
            };
            for value in values {
                assert_eq!(set(&mut options, &value), Some(()), "{name}={value}");
            }
        }
        (options.columns, options.accounts) = (None, Accounts::default());
        assert_eq!(options, Options::default());
    }

    #[test]
    fn lists_what_is_ignored_and_keeps_the_rest() {
        let ignored = "poll=0 poll=301 poll=1e3 theme=pink kiosk=1 sort=color group=team columns=0 \
                       columns=13 margin=11 quiet=7 quiet=0d authors=some accounts=1";
        for ignored in ignored.split_whitespace() {
            check_ignored(ignored, ignored);
        }
        check_ignored("?poll=", "poll");
        check_ignored("?<script>", "<script>");
        check_ignored("?%ff=%&", "%ff=%");
        check_ignored("?%5b=%5", "[=%5");
        check("?nonsense&kiosk", |options| {
            options.display = Display::Kiosk;
            options.ignored.push("nonsense".to_owned());
        });
        check_ignored(&format!("?{}", "x".repeat(1000)), &"x".repeat(40));
    }
}
