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
            problems: Vec::new(),
        };
        for (name, value) in pairs(query.strip_prefix('?').unwrap_or(query)) {
            let understood = match (name.as_str(), value.as_str()) {
                ("kiosk", "") => options.show(Display::Kiosk),
                ("embed", "") => options.show(Display::Embed),
                // boot.js has set it before the first paint.
                ("theme", "auto") => options.paint(Theme::Auto),
                ("theme", "dark") => options.paint(Theme::Dark),
                ("theme", "light") => options.paint(Theme::Light),
                ("title", title) => {
                    options.title = title.trim().chars().take(Self::LONGEST_TITLE).collect();
                    true
                }
                ("poll", seconds) => match seconds.parse() {
                    Ok(seconds) if (1..=Self::LONGEST_POLL_S).contains(&seconds) => {
                        options.poll_s = seconds;
                        true
                    }
                    _ => false,
                },
                _ => false,
            };
            if !understood {
                options.problems.push(problem(&name, &value));
            }
        }
        options
    }

    fn show(&mut self, display: Display) -> bool {
        self.display = display;
        true
    }

    fn paint(&mut self, theme: Theme) -> bool {
        self.theme = theme;
        true
    }
}

/// The access key in a fragment like `#key=…&p=…`.
pub fn key(fragment: &str) -> Option<String> {
    pairs(fragment.strip_prefix('#').unwrap_or(fragment)).find(|(name, value)| name == "key" && !value.is_empty()).map(|(_, value)| value)
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
        let digit =
            |index: usize| after.get(index).and_then(|digit| char::from(*digit).to_digit(16)).and_then(|digit| u8::try_from(digit).ok());
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
        check("?embed&theme=light", |options| (options.display, options.theme) = (Display::Embed, Theme::Light));
        check("?theme=dark", |options| options.theme = Theme::Dark);
        check("?theme=auto", |_| ());
        check("?poll=300", |options| options.poll_s = 300);
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
    fn the_key_is_in_the_fragment() {
        assert_eq!(key("#key=a%2Bb"), Some("a+b".to_owned()));
        assert_eq!(key("p=x&key=abc"), Some("abc".to_owned()));
        assert_eq!(key("#key="), None);
        assert_eq!(key(""), None);
    }
}
