//! Requests the tiles again and again, and knows how old they are.
//!
//! There is one request at a time. After a failure the pause grows, with jitter, and the last good tiles stay. A hidden
//! page requests nothing.

mod last_known;
mod poll;
mod rows;

use model::Timestamp;

pub use poll::start;
#[cfg(test)]
pub use rows::Rows;

use crate::api::ApiError;

/// Whether the data can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    /// The first answer has not arrived yet.
    Loading,
    /// The data is current.
    Live,
    /// The data has missed three polls.
    Late {
        /// When it was made.
        since: Timestamp,
    },
    /// The data has missed ten polls.
    Stale {
        /// When it was made.
        since: Timestamp,
    },
    /// There has never been any data.
    Failed(ApiError),
}

impl Feed {
    /// The value of `data-live`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Loading | Self::Late { .. } => "late",
            Self::Stale { .. } | Self::Failed(_) => "stale",
        }
    }
}

/// What is known about the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// When the server made the data; `None` before the first good answer.
    pub made: Option<Timestamp>,
    /// When the page became visible; polls missed before that don't count.
    pub visible_since: Option<Timestamp>,
    /// Why the last request failed, if it did.
    pub error: Option<ApiError>,
    /// The number of rows of the last answer that are not tiles.
    pub unreadable: u32,
    /// Whether the tiles are those of an earlier visit.
    pub is_last_known: bool,
}

impl Health {
    /// Judges the data by its own age.
    pub fn judge(&self, now: Option<Timestamp>, poll_s: u16) -> Feed {
        let Some((since, now)) = self.made.zip(now) else {
            return self.error.map_or(Feed::Loading, Feed::Failed);
        };
        if self.has_missed(10, now, poll_s) {
            Feed::Stale { since }
        } else if self.has_missed(3, now, poll_s) {
            Feed::Late { since }
        } else {
            Feed::Live
        }
    }

    /// Whether newer data is overdue.
    pub fn is_overdue(&self, now: Timestamp, poll_s: u16) -> bool {
        self.has_missed(2, now, poll_s)
    }

    /// Whether the data is older than this number of polls.
    fn has_missed(&self, count: u64, now: Timestamp, poll_s: u16) -> bool {
        // The dates of HTTP have whole seconds.
        const TOLERANCE_S: u64 = 2;
        let since = self.made.max(self.visible_since);
        since
            .is_some_and(|since| now.seconds_since(since) > u64::from(poll_s) * count + TOLERANCE_S)
    }
}

/// The pause before the next request in milliseconds, after this number of failures in a row. `random` is from 0 to 1.
pub fn wait_ms(failures: u32, poll_s: u16, random: f64) -> f64 {
    const LONGEST_MS: f64 = 30_000.0;
    let usual_ms = f64::from(poll_s) * 1000.0;
    if failures == 0 {
        return usual_ms;
    }
    let doubled = usual_ms * f64::from(1_u32 << (failures - 1).min(10));
    doubled.min(LONGEST_MS.max(usual_ms)) * (0.75 + random / 2.0)
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
    fn a_hidden_page_misses_nothing() {
        let health =
            Health { made: Some(at(100)), visible_since: Some(at(5000)), ..Health::default() };
        assert_eq!(health.judge(Some(at(5001)), 5), Feed::Live);
        assert!(!health.is_overdue(at(5012), 5));
        assert!(health.is_overdue(at(5013), 5));
        assert_eq!(health.judge(Some(at(5018)), 5), Feed::Late { since: at(100) });
    }

    #[test]
    fn without_data_it_says_why() {
        assert_eq!(Health::default().judge(None, 5), Feed::Loading);
        let refused = Health { error: Some(ApiError::Key), ..Health::default() };
        assert_eq!(refused.judge(None, 5), Feed::Failed(ApiError::Key));
        assert_eq!(refused.judge(Some(at(5)), 5), Feed::Failed(ApiError::Key));
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
}
