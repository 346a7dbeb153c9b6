//! The wall's address: its query holds options (a link is the whole configuration), its fragment what must not reach a
//! server.

/// How the wall is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Display {
    /// In a tab.
    Browser,
    /// On a television: no controls, no cursor.
    Kiosk,
    /// Inside another page.
    Embed,
}

impl Display {
    /// The word for `data-display`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Kiosk => "kiosk",
            Self::Embed => "embed",
        }
    }
}

/// Which colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// What the system prefers.
    Auto,
    /// Light on dark.
    Dark,
    /// Dark on light.
    Light,
}

/// In which order pipelines stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// The worst first, in large tiles.
    Severity,
    /// By name, each always at its place.
    Name,
    /// The latest news first.
    Recent,
}

/// What pipelines are gathered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Their account.
    Account,
    /// Their Region.
    Region,
    /// Their CI.
    Source,
    /// Their names up to the first `-`, `_`, `.` or `/`.
    Prefix,
}

impl Group {
    /// The word for the address, and for the filter.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Region => "region",
            Self::Source => "source",
            Self::Prefix => "prefix",
        }
    }
}

/// Whether tiles say who made the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authors {
    /// They do.
    Shown,
    /// They don't, for some teams object.
    Hidden,
}

/// What people call their accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounts(Vec<(String, String)>);

impl Accounts {
    /// Reads `123456789012:prod,210987654321:staging`; nothing when it isn't so.
    pub fn parse(text: &str) -> Option<Self> {
        let named = |pair: &str| {
            let (account, name) = pair
                .split_once(':')
                .filter(|(account, name)| !account.is_empty() && !name.is_empty())?;
            Some((account.to_owned(), name.chars().take(Options::LONGEST_TITLE).collect()))
        };
        text.split(',').map(named).collect::<Option<_>>().map(Self)
    }

    /// An account's name, else its number.
    pub fn name<'a>(&'a self, account: &'a str) -> &'a str {
        self.0.iter().find(|(other, _)| other == account).map_or(account, |(_, name)| name)
    }
}

/// All that an address says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How the wall is used.
    pub display: Display,
    /// Which colours.
    pub theme: Theme,
    /// The header's title.
    pub title: String,
    /// Seconds from one request to the next, 1 to 300.
    pub poll_s: u16,
    /// Which pipelines are shown; see [`crate::filter`].
    pub filter: String,
    /// In which order.
    pub sort: Sort,
    /// What they are gathered by, if by anything.
    pub group: Option<Group>,
    /// How many stand beside one another at most, 1 to 12.
    pub columns: Option<u8>,
    /// Whether tiles say who made the change.
    pub authors: Authors,
    /// What accounts are called.
    pub accounts: Accounts,
    /// Per cent of the window at each edge that a television doesn't show, 0 to 10.
    pub margin: u8,
    /// Days after which a failure has nobody's attention any more.
    pub quiet_d: u16,
    /// What was wrong with the address, for people; its good parts hold all the same.
    pub problems: Vec<String>,
}

impl Options {
    /// How often is asked for news when the address doesn't say.
    pub const POLL_S: u16 = 5;
    const LONGEST_POLL_S: u16 = 300;
    const LONGEST_TITLE: usize = 80;

    /// Reads `?kiosk&poll=10`, with or without its question mark.
    pub fn parse(query: &str) -> Self {
        let mut options = Self {
            display: Display::Browser,
            theme: Theme::Auto,
            title: "Pipelines".to_owned(),
            poll_s: Self::POLL_S,
            filter: String::new(),
            sort: Sort::Severity,
            group: None,
            columns: None,
            authors: Authors::Shown,
            accounts: Accounts::default(),
            margin: 0,
            quiet_d: 7,
            problems: Vec::new(),
        };
        for (name, value) in pairs(query.strip_prefix('?').unwrap_or(query)) {
            if options.set(&name, &value).is_none() {
                options.problems.push(problem(&name, &value));
            }
        }
        options
    }

    /// Nothing when it isn't understood.
    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        match (name, value) {
            ("kiosk", "") => self.display = Display::Kiosk,
            ("embed", "" | "transparent") => self.display = Display::Embed,
            // boot.js has set it before the first paint.
            ("theme", "auto") => self.theme = Theme::Auto,
            ("theme", "dark") => self.theme = Theme::Dark,
            ("theme", "light") => self.theme = Theme::Light,
            ("title", title) => {
                self.title = title.trim().chars().take(Self::LONGEST_TITLE).collect();
            }
            ("poll", seconds) => self.poll_s = within(seconds, 1, Self::LONGEST_POLL_S)?,
            ("filter", filter) => filter.clone_into(&mut self.filter),
            ("sort", "severity") => self.sort = Sort::Severity,
            ("sort", "name") => self.sort = Sort::Name,
            ("sort", "recent") => self.sort = Sort::Recent,
            ("group", "account") => self.group = Some(Group::Account),
            ("group", "region") => self.group = Some(Group::Region),
            ("group", "source") => self.group = Some(Group::Source),
            ("group", "prefix") => self.group = Some(Group::Prefix),
            ("columns", columns) => self.columns = Some(narrow(within(columns, 1, 12)?)),
            ("authors", "on") => self.authors = Authors::Shown,
            ("authors", "off") => self.authors = Authors::Hidden,
            ("accounts", accounts) => self.accounts = Accounts::parse(accounts)?,
            ("margin", percent) => self.margin = narrow(within(percent, 0, 10)?),
            ("quiet", days) => self.quiet_d = within(days.strip_suffix('d')?, 1, 3650)?,
            _ => return None,
        }
        Some(())
    }
}

/// A whole number between two, both included.
fn within(text: &str, least: u16, most: u16) -> Option<u16> {
    text.parse().ok().filter(|number| (least..=most).contains(number))
}

fn narrow(number: u16) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

/// The access key in a fragment like `#key=…&p=…`.
pub fn key(fragment: &str) -> Option<String> {
    pairs(fragment.strip_prefix('#').unwrap_or(fragment))
        .find(|(name, value)| name == "key" && !value.is_empty())
        .map(|(_, value)| value)
}

/// The query of the wall that `query` is of, with another filter.
pub fn with_filter(query: &str, filter: &str) -> String {
    let mut other = String::from("?");
    for pair in query.strip_prefix('?').unwrap_or(query).split('&') {
        if !pair.is_empty() && pair.split('=').next() != Some("filter") {
            other.push_str(pair);
            other.push('&');
        }
    }
    other.push_str("filter=");
    for byte in filter.bytes() {
        let digit =
            |half: u8| char::from_digit(half.into(), 16).unwrap_or_default().to_ascii_uppercase();
        match byte {
            b' ' => other.push('+'),
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b':' => {
                other.push(char::from(byte));
            }
            _ => other.extend(['%', digit(byte >> 4), digit(byte & 15)]),
        }
    }
    other
}

fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    })
}

/// Without `+` and `%XX`, as forms write them; what is not so encoded stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let digit = |index: usize| {
            after
                .get(index)
                .and_then(|digit| char::from(*digit).to_digit(16))
                .and_then(|digit| u8::try_from(digit).ok())
        };
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(high << 4 | low);
                rest = after.get(2..).unwrap_or_default();
            }
            (b'+', ..) => bytes.push(b' '),
            _ => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn problem(name: &str, value: &str) -> String {
    const LONGEST: usize = 40;
    let cut = |text: &str| text.chars().take(LONGEST).collect::<String>();
    let mut text = cut(name);
    if !value.is_empty() {
        text.push('=');
        text.push_str(&cut(value));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expect: impl FnOnce(&mut Options)) {
        let mut options = Options::parse("");
        expect(&mut options);
        assert_eq!(Options::parse(query), options);
    }

    #[track_caller]
    fn check_problem(query: &str, problem: &str) {
        check(query, |options| options.problems.push(problem.to_owned()));
    }

    #[test]
    fn nothing_asked_for_is_the_browser_in_the_system_s_colours() {
        check("", |_| ());
        check("?", |_| ());
        assert_eq!(Options::parse("").display, Display::Browser);
        assert_eq!(Options::parse("").theme, Theme::Auto);
        assert_eq!(Options::parse("").poll_s, 5);
    }

    #[test]
    fn reads_what_is_asked_for() {
        check("?kiosk", |options| options.display = Display::Kiosk);
        check("kiosk=", |options| options.display = Display::Kiosk);
        check("?embed&theme=light", |options| {
            (options.display, options.theme) = (Display::Embed, Theme::Light);
        });
        check("?theme=dark", |options| options.theme = Theme::Dark);
        check("?theme=auto", |_| ());
        check("?embed=transparent", |options| options.display = Display::Embed);
        check("?poll=300", |options| options.poll_s = 300);
        check("?filter=status%3Afailed+-sandbox", |options| {
            options.filter = "status:failed -sandbox".to_owned();
        });
        check("?sort=name&group=prefix", |options| {
            (options.sort, options.group) = (Sort::Name, Some(Group::Prefix));
        });
        check("?sort=recent&group=region", |options| {
            (options.sort, options.group) = (Sort::Recent, Some(Group::Region));
        });
        check("?columns=12&margin=10", |options| {
            (options.columns, options.margin) = (Some(12), 10);
        });
        check("?authors=off&quiet=30d", |options| {
            (options.authors, options.quiet_d) = (Authors::Hidden, 30);
        });
        let accounts =
            vec![("1".to_owned(), "prod".to_owned()), ("2".to_owned(), "play:ground".to_owned())];
        check("?accounts=1:prod,2:play:ground", |options| options.accounts = Accounts(accounts));
        check("?title=Payments+team%21", |options| options.title = "Payments team!".to_owned());
        check(&format!("?title={}", "é".repeat(200)), |options| options.title = "é".repeat(80));
    }

    #[test]
    fn says_what_it_does_not_understand_and_keeps_the_rest() {
        check_problem("?poll=0", "poll=0");
        check_problem("?poll=301", "poll=301");
        check_problem("?poll=1e3", "poll=1e3");
        check_problem("?poll=", "poll");
        check_problem("?theme=pink", "theme=pink");
        check_problem("?kiosk=1", "kiosk=1");
        for wrong in [
            "sort=colour",
            "group=team",
            "columns=0",
            "columns=13",
            "margin=11",
            "quiet=7",
            "quiet=0d",
            "authors=some",
            "accounts=1",
        ] {
            check_problem(wrong, wrong);
        }
        check_problem("?<script>", "<script>");
        check_problem("?%ff=%&", "%ff=%");
        check_problem("?%5b=%5", "[=%5");
        check("?nonsense&kiosk", |options| {
            options.display = Display::Kiosk;
            options.problems.push("nonsense".to_owned());
        });
        check_problem(&format!("?{}", "x".repeat(1000)), &"x".repeat(40));
    }

    #[test]
    fn another_filter_leaves_the_rest_of_the_address_as_it_is() {
        for (query, filter, expect) in [
            ("", "shop", "?filter=shop"),
            (
                "?group=prefix&filter=a&title=A%26B+C",
                "-docs prefix:\"pay\"",
                "?group=prefix&title=A%26B+C&filter=-docs+prefix:%22pay%22",
            ),
            ("?filter&kiosk&filters=1", "é&%+#", "?kiosk&filters=1&filter=%C3%A9%26%25%2B%23"),
        ] {
            assert_eq!(with_filter(query, filter), expect);
            assert_eq!(Options::parse(&with_filter(query, filter)).filter, filter);
        }
    }

    #[test]
    fn the_key_is_in_the_fragment() {
        assert_eq!(key("#key=a%2Bb"), Some("a+b".to_owned()));
        assert_eq!(key("p=x&key=abc"), Some("abc".to_owned()));
        assert_eq!(key("#key="), None);
        assert_eq!(key(""), None);
    }
}
