//! Asks for the rows, again and again, and knows how old they are.
//!
//! One request is under way at a time and is given up after 15 seconds. A failure waits longer each time, with jitter, and
//! leaves the last good wall where it is. A hidden tab asks for nothing.

mod kept;
mod poll;

use model::Timestamp;

pub use poll::Poll;

use crate::number::digits;

/// How far the wall can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    /// The first answer is on its way.
    Loading,
    /// As it should be.
    Live,
    /// At least three polls were missed since the data was made.
    Late {
        /// When the data was made.
        since: Timestamp,
    },
    /// At least ten polls were missed since the data was made.
    Stale {
        /// When the data was made.
        since: Timestamp,
    },
    /// There never was any data.
    Refused(Problem),
}

/// Why there was no good answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The access key is missing or wrong.
    Key,
    /// The server answered with this status.
    Status(u16),
    /// The answer is no list of rows: a login page, or cut off.
    NoRows,
    /// No answer at all, or none within 15 seconds.
    Unreachable,
}

/// What is known of the data beside the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// When the rows were as they are, by the server's clock; nothing before the first good answer.
    pub made: Option<Timestamp>,
    /// When somebody began to look; what was missed before is nobody's fault.
    pub seen: Option<Timestamp>,
    /// Why the last try failed, if it did.
    pub problem: Option<Problem>,
    /// Rows of the last answer that are no tiles.
    pub bad: u32,
}

impl Feed {
    /// The word for `data-live`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Loading | Self::Late { .. } => "late",
            Self::Stale { .. } | Self::Refused(_) => "stale",
        }
    }
}

impl Problem {
    /// Said to a person.
    pub fn words(self) -> String {
        match self {
            Self::Key => "the access key is missing or wrong".to_owned(),
            Self::Status(status) => ["the server is in trouble (", &digits(status), ")"].concat(),
            Self::NoRows => {
                "what the server answers is no data; perhaps a login page stands before it"
                    .to_owned()
            }
            Self::Unreachable => "the server gives no answer".to_owned(),
        }
    }
}

impl Health {
    /// Judges the data by its own age.
    pub fn judge(&self, now: Option<Timestamp>, poll_s: u16) -> Feed {
        let Some((since, now)) = self.made.zip(now) else {
            return self.problem.map_or(Feed::Loading, Feed::Refused);
        };
        if self.has_missed(10, now, poll_s) {
            Feed::Stale { since }
        } else if self.has_missed(3, now, poll_s) {
            Feed::Late { since }
        } else {
            Feed::Live
        }
    }

    /// Whether newer data should have come.
    pub fn is_overdue(&self, now: Timestamp, poll_s: u16) -> bool {
        self.has_missed(2, now, poll_s)
    }

    /// Whether the data is older than so many polls, which the whole seconds of HTTP's dates may make two seconds too large.
    fn has_missed(&self, count: u64, now: Timestamp, poll_s: u16) -> bool {
        const SLACK_S: u64 = 2;
        self.made
            .max(self.seen)
            .is_some_and(|since| now.seconds_since(since) > u64::from(poll_s) * count + SLACK_S)
    }
}

/// How many milliseconds to wait for the next try after so many failures in a row. `random` is from 0 to 1.
pub fn wait_ms(failures: u32, poll_s: u16, random: f64) -> f64 {
    const LONGEST_MS: f64 = 30_000.0;
    let usual_ms = f64::from(poll_s) * 1000.0;
    if failures == 0 {
        return usual_ms;
    }
    let doubled = usual_ms * f64::from(1_u32 << (failures - 1).min(10));
    doubled.min(LONGEST_MS.max(usual_ms)) * (0.75 + random / 2.0)
}

/// The query of the next page in a `Link` header, `start=ID`.
pub fn next_page(link: &str) -> Option<&str> {
    let (target, parameters) = link.strip_prefix("<?")?.split_once('>')?;
    let is_next = |parameter: &str| matches!(parameter.trim_ascii(), "rel=next" | "rel=\"next\"");
    (target.starts_with("start=") && parameters.split(';').any(is_next)).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_ms(seconds * 1000).unwrap()
    }

    #[test]
    fn late_after_three_missed_polls_and_stale_after_ten() {
        let health = Health { made: Some(at(100)), ..Health::default() };
        let since = at(100);
        for (age_s, poll_s, expect) in [
            (-50, 5, Feed::Live),
            (0, 5, Feed::Live),
            (17, 5, Feed::Live),
            (18, 5, Feed::Late { since }),
            (52, 5, Feed::Late { since }),
            (53, 5, Feed::Stale { since }),
            (5, 1, Feed::Live),
            (6, 1, Feed::Late { since }),
            (13, 1, Feed::Stale { since }),
            (900, 300, Feed::Live),
        ] {
            assert_eq!(
                health.judge(Some(at(100 + age_s)), poll_s),
                expect,
                "{age_s} s, polled each {poll_s} s"
            );
        }
    }

    #[test]
    fn a_tab_that_was_hidden_has_missed_nothing() {
        let health = Health { made: Some(at(100)), seen: Some(at(5000)), ..Health::default() };
        assert_eq!(health.judge(Some(at(5001)), 5), Feed::Live);
        assert!(!health.is_overdue(at(5012), 5));
        assert!(health.is_overdue(at(5013), 5));
        assert_eq!(health.judge(Some(at(5018)), 5), Feed::Late { since: at(100) });
    }

    #[test]
    fn without_data_it_says_why() {
        assert_eq!(Health::default().judge(None, 5), Feed::Loading);
        let refused = Health { problem: Some(Problem::Key), ..Health::default() };
        assert_eq!(refused.judge(None, 5), Feed::Refused(Problem::Key));
        assert_eq!(refused.judge(Some(at(5)), 5), Feed::Refused(Problem::Key));
    }

    #[test]
    fn waits_longer_after_each_failure_but_never_too_long() {
        let wait = |failures, poll_s| wait_ms(failures, poll_s, 0.5).round().to_string();
        assert_eq!(
            [wait(0, 5), wait(1, 5), wait(2, 5), wait(3, 5), wait(9, 5)],
            ["5000", "5000", "10000", "20000", "30000"]
        );
        assert_eq!([wait(0, 60), wait(u32::MAX, 60)], ["60000", "60000"]);
        assert!(wait_ms(1, 5, 0.0) < wait_ms(1, 5, 0.9));
    }

    #[test]
    fn the_next_page_is_a_query_of_this_address() {
        assert_eq!(next_page("<?start=a:b:c:d>; rel=next"), Some("start=a:b:c:d"));
        assert_eq!(next_page(r#"<?start=a>; rel="next""#), Some("start=a"));
        assert_eq!(next_page("<https://elsewhere.example/?start=a>; rel=next"), None);
        assert_eq!(next_page("<?other=a>; rel=next"), None);
        assert_eq!(next_page("<?start=a>; rel=prev"), None);
        assert_eq!(next_page(""), None);
    }
}
