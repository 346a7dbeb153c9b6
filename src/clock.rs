//! What time it is, without trusting the wall's own clock.
//!
//! A television's clock may be a year off. "Now" is the newest answer's `Date` and `Age`, carried on by the browser's
//! monotonic clock. It goes back only where the server's clock was ahead and has been set right: when the answers have told
//! an earlier time for a while, and time goes on in them. In what is answered from a cache it stands still.

use model::Timestamp;

use crate::signal::Signal;

/// The server's time, carried on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clock {
    /// What is to be added to the monotonic clock, in milliseconds.
    offset_ms: Option<i64>,
    /// The latest moment ever said.
    latest_ms: i64,
    /// Since when, by the monotonic clock, and with which offset the answers tell an earlier time.
    behind: Option<(i64, i64)>,
}

/// What is this much earlier was told by another clock.
const BEHIND_MS: i64 = 10_000;
/// Two answers whose offsets differ by less tell of the same clock.
const SAME_MS: i64 = 4_000;
/// For so long they must do so.
const SURE_MS: i64 = 20_000;

/// The time for views; nothing before the first answer. It moves with the answers: each time that a text changes, the browser draws a
/// frame, and a wall is watched all day.
#[derive(Clone, Debug, Default)]
pub struct Time {
    /// For what is told to the second.
    pub now: Signal<Option<Timestamp>>,
    /// For what is told to the minute, of which there may be a thousand.
    pub slow: Signal<Option<Timestamp>>,
}

/// Why somebody looks at the clock.
#[derive(Clone, Copy, Debug)]
pub enum Occasion {
    /// An answer has come, and a frame is drawn anyway.
    Answer,
    /// The next answer is not due yet.
    Between,
    /// An answer is due and doesn't come.
    Overdue,
}

impl Time {
    /// It is so late.
    pub fn set(&self, now: Timestamp, occasion: Occasion) {
        let (step_s, slow_step_s) = match occasion {
            Occasion::Answer => (4, 25),
            Occasion::Between => (11, 31),
            Occasion::Overdue => (5, 20),
        };
        for (signal, step_s) in [(&self.now, step_s), (&self.slow, slow_step_s)] {
            if signal
                .get_untracked()
                .is_none_or(|then| now < then || now.seconds_since(then) >= step_s)
            {
                signal.set(Some(now));
            }
        }
    }
}

impl Clock {
    /// Takes in an answer: what its server's clock said when the monotonic one said `monotonic_ms`.
    pub fn set(&mut self, server_ms: i64, monotonic_ms: i64) {
        let offset_ms = server_ms - monotonic_ms;
        self.offset_ms = Some(offset_ms);
        if self.latest_ms - server_ms < BEHIND_MS {
            self.behind = None;
            return;
        }
        match self.behind {
            Some((since_ms, then_ms)) if then_ms.abs_diff(offset_ms) < SAME_MS.unsigned_abs() => {
                if monotonic_ms - since_ms > SURE_MS {
                    self.latest_ms = server_ms;
                }
            }
            _ => self.behind = Some((monotonic_ms, offset_ms)),
        }
    }

    /// The time; nothing before the first answer.
    pub fn now(&mut self, monotonic_ms: i64) -> Option<Timestamp> {
        self.latest_ms = self.latest_ms.max(monotonic_ms + self.offset_ms?);
        Timestamp::from_unix_ms(self.latest_ms).ok()
    }
}

#[cfg(test)]
mod tests {
    use leptos::prelude::Owner;

    use super::*;

    #[test]
    fn time_goes_on_and_never_back() {
        let mut clock = Clock::default();
        assert_eq!(clock.now(5), None);
        clock.set(1_000_000, 100);
        assert_eq!(clock.now(600).map(Timestamp::unix_ms), Some(1_000_500));
        clock.set(1_000_100, 700);
        assert_eq!(clock.now(700).map(Timestamp::unix_ms), Some(1_000_500));
        assert_eq!(clock.now(2_700).map(Timestamp::unix_ms), Some(1_002_100));
    }

    #[test]
    fn time_goes_back_to_a_clock_that_was_set_right_and_not_to_a_cached_answers() {
        // What the server's clock and the monotonic one say at each answer, and what the time is then, in seconds.
        for (what, answers) in [
            (
                "set right",
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
            let mut clock = Clock::default();
            for &(server_s, monotonic_s, now_s) in answers {
                clock.set(server_s * 1000, monotonic_s * 1000);
                let now = clock.now(monotonic_s * 1000).map(|now| now.unix_ms() / 1000);
                assert_eq!(now, Some(now_s), "{what}, at {monotonic_s} s");
            }
        }
    }

    #[test]
    fn time_moves_with_the_answers_and_by_itself_when_none_comes() {
        use Occasion::{Answer, Between, Overdue};

        let owner = Owner::new();
        owner.set();
        let time = Time::default();
        let at = |seconds: i64| Timestamp::from_unix_ms(seconds * 1000).unwrap();
        for (moment, occasion, now, slow) in [
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
            time.set(at(moment), occasion);
            assert_eq!(
                [&time.now, &time.slow].map(Signal::get_untracked),
                [now, slow].map(|seconds| Some(at(seconds))),
                "{moment}"
            );
        }
    }
}
