//! The current time, without trusting the clock of the machine that shows the wall.
//!
//! A television's clock may be wrong by a year. "Now" is the `Date` and `Age` of the newest answer, continued by the
//! browser's monotonic clock. It goes back only after the server's clock was ahead and has been corrected: when answers
//! have had an earlier and advancing time for a while. A cache's answers have one that stands still.

use leptos::prelude::*;
use model::Timestamp;

use crate::browser;

/// The time for components. Its signals change mostly together with the answers: every text that changes makes the browser
/// draw a frame, and a wall is on all day.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// For texts with seconds. `None` before the first answer.
    pub now: RwSignal<Option<Timestamp>>,
    /// For texts with minutes, of which there may be a thousand.
    pub coarse: RwSignal<Option<Timestamp>>,
    server: StoredValue<ServerTime>,
}

/// Why the signals may have to change.
#[derive(Clone, Copy, Debug)]
pub enum Occasion {
    /// An answer arrived, and a frame is drawn anyway.
    Answer,
    /// The next answer is not due yet.
    Between,
    /// An answer is overdue.
    Overdue,
}

impl Clock {
    /// Creates a clock that does not know the time yet.
    pub fn new() -> Self {
        Self {
            now: RwSignal::new(None),
            coarse: RwSignal::new(None),
            server: StoredValue::new(ServerTime::default()),
        }
    }

    /// Takes the time from an answer that has just arrived. `server_ms` is milliseconds since 1970.
    pub fn set_server_time(self, server_ms: i64) {
        self.server.update_value(|server| server.set(server_ms, browser::clock::monotonic_ms()));
    }

    /// Returns the current time, independent of the signals.
    pub fn exact(self) -> Option<Timestamp> {
        let monotonic_ms = browser::clock::monotonic_ms();
        self.server.try_update_value(|server| server.now(monotonic_ms)).flatten()
    }

    /// Sets the signals, unless they are recent enough for this occasion.
    pub fn show(self, now: Timestamp, occasion: Occasion) {
        let (step_s, coarse_step_s) = match occasion {
            Occasion::Answer => (4, 25),
            Occasion::Between => (11, 31),
            Occasion::Overdue => (5, 20),
        };
        for (signal, step_s) in [(self.now, step_s), (self.coarse, coarse_step_s)] {
            let is_recent = |shown: Timestamp| now >= shown && now.seconds_since(shown) < step_s;
            if !signal.get_untracked().is_some_and(is_recent) {
                signal.set(Some(now));
            }
        }
    }
}

/// The server's time, continued by a monotonic clock.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct ServerTime {
    /// The server's time minus the monotonic clock, in milliseconds.
    offset_ms: Option<i64>,
    /// The latest moment that was ever returned.
    latest_ms: i64,
    /// The monotonic time since when answers have had an earlier time, and their offset.
    behind: Option<(i64, i64)>,
}

/// Answers whose time is this much earlier come from another clock.
const BEHIND_MS: i64 = 10_000;
/// Answers whose offsets differ by less come from the same clock.
const SAME_MS: u64 = 4_000;
/// For how long answers must have an earlier time before it is believed.
const CONFIRMED_MS: i64 = 20_000;

impl ServerTime {
    /// Takes the server's time from an answer that arrived at `monotonic_ms`.
    fn set(&mut self, server_ms: i64, monotonic_ms: i64) {
        let offset_ms = server_ms - monotonic_ms;
        self.offset_ms = Some(offset_ms);
        if self.latest_ms - server_ms < BEHIND_MS {
            self.behind = None;
            return;
        }
        match self.behind {
            Some((since_ms, then_ms)) if then_ms.abs_diff(offset_ms) < SAME_MS => {
                if monotonic_ms - since_ms > CONFIRMED_MS {
                    self.latest_ms = server_ms;
                }
            }
            _ => self.behind = Some((monotonic_ms, offset_ms)),
        }
    }

    /// Returns the time; `None` before the first answer.
    fn now(&mut self, monotonic_ms: i64) -> Option<Timestamp> {
        self.latest_ms = self.latest_ms.max(monotonic_ms + self.offset_ms?);
        Timestamp::from_unix_ms(self.latest_ms).ok()
    }
}

#[cfg(test)]
mod tests {
    use leptos::prelude::Owner;

    use super::*;

    #[test]
    fn time_advances_and_never_goes_back() {
        let mut clock = ServerTime::default();
        assert_eq!(clock.now(5), None);
        clock.set(1_000_000, 100);
        assert_eq!(clock.now(600).map(Timestamp::unix_ms), Some(1_000_500));
        clock.set(1_000_100, 700);
        assert_eq!(clock.now(700).map(Timestamp::unix_ms), Some(1_000_500));
        assert_eq!(clock.now(2_700).map(Timestamp::unix_ms), Some(1_002_100));
    }

    #[test]
    fn time_goes_back_to_a_corrected_clock_but_not_to_a_cache() {
        // What the server's clock and the monotonic one say at each answer, and what the time is then, in seconds.
        for (what, answers) in [
            (
                "corrected",
                &[
                    (9_000, 100, 9_000),
                    (5_005, 105, 9_000),
                    (5_010, 110, 9_000),
                    (5_015, 115, 9_000),
                    (5_026, 126, 5_026),
                    (5_030, 130, 5_030),
                ][..],
            ),
            (
                "a cache",
                &[
                    (9_000, 100, 9_000),
                    (5_000, 105, 9_000),
                    (5_000, 110, 9_000),
                    (5_000, 130, 9_000),
                    (5_000, 150, 9_000),
                ],
            ),
            (
                "two servers",
                &[
                    (9_000, 100, 9_000),
                    (5_010, 110, 9_000),
                    (9_020, 120, 9_020),
                    (5_040, 140, 9_020),
                    (9_050, 150, 9_050),
                ],
            ),
            ("a little behind", &[(9_000, 100, 9_000), (8_993, 101, 9_000), (9_020, 128, 9_020)]),
        ] {
            let mut clock = ServerTime::default();
            for &(server_s, monotonic_s, now_s) in answers {
                clock.set(server_s * 1000, monotonic_s * 1000);
                let now = clock.now(monotonic_s * 1000).map(|now| now.unix_ms() / 1000);
                assert_eq!(now, Some(now_s), "{what}, at {monotonic_s} s");
            }
        }
    }

    #[test]
    fn time_moves_with_the_answers_and_alone_when_none_arrives() {
        use Occasion::{Answer, Between, Overdue};

        let owner = Owner::new();
        owner.set();
        let clock = Clock::new();
        let at = |seconds: i64| Timestamp::from_unix_ms(seconds * 1000).unwrap();
        for (moment, occasion, now, coarse) in [
            (100, Answer, 100, 100),
            (103, Answer, 100, 100),
            (110, Between, 100, 100),
            (110, Answer, 110, 100),
            (120, Answer, 120, 100),
            (125, Answer, 125, 125),
            (135, Between, 125, 125),
            (136, Between, 136, 125),
            (140, Overdue, 136, 125),
            (141, Overdue, 141, 125),
            (145, Overdue, 141, 145),
            (500, Between, 500, 500),
            (300, Answer, 300, 300),
        ] {
            clock.show(at(moment), occasion);
            assert_eq!(
                [clock.now, clock.coarse].map(|signal| signal.get_untracked()),
                [now, coarse].map(|seconds| Some(at(seconds))),
                "{moment}"
            );
        }
    }
}
