//! What time it is, without trusting the wall's own clock.
//!
//! A television's clock may be a year off. "Now" is the newest answer's `Date` and `Age`, carried on by the browser's
//! monotonic clock, and never goes back.

use model::Timestamp;

use crate::signal::Signal;

/// The server's time, carried on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clock {
    /// What is to be added to the monotonic clock, in milliseconds.
    offset_ms: Option<i64>,
    /// The latest moment ever said.
    latest_ms: i64,
}

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
            Occasion::Answer => (4, 15),
            Occasion::Between => (11, 31),
            Occasion::Overdue => (5, 20),
        };
        for (signal, step_s) in [(&self.now, step_s), (&self.slow, slow_step_s)] {
            if signal.get_untracked().is_none_or(|then| now.seconds_since(then) >= step_s) {
                signal.set(Some(now));
            }
        }
    }
}

impl Clock {
    /// Takes in an answer: what its server's clock said when the monotonic one said `monotonic_ms`.
    pub fn set(&mut self, server_ms: i64, monotonic_ms: i64) {
        self.offset_ms = Some(server_ms - monotonic_ms);
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
            (120, Answer, 120, 120),
            (130, Between, 120, 120),
            (131, Between, 131, 120),
            (135, Overdue, 131, 120),
            (136, Overdue, 136, 120),
            (140, Overdue, 136, 140),
            (500, Between, 500, 500),
        ] {
            time.set(at(moment), occasion);
            assert_eq!([&time.now, &time.slow].map(Signal::get_untracked), [now, slow].map(|seconds| Some(at(seconds))), "{moment}");
        }
    }
}
