//! Progress: every step says what it does, how long it usually takes, and how long it took.

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};

/// Writes one line of progress to stderr; what a command produces goes to stdout.
pub fn say(line: &str) {
    // Nobody is left to tell when stderr is closed.
    _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// One thing that a command does.
pub struct Step<'a> {
    /// A few words, unique in its command: "trunk 0.21.14".
    pub name: &'a str,
    /// How long it usually takes on two cores, when that is long enough to wonder: "about 5 min".
    pub usually: Option<&'a str>,
    /// What a person can do when it fails.
    pub advice: &'a str,
}

impl Step<'_> {
    /// Runs `work` between a line that announces it and a line with the time it took; an error names the step and what to do.
    pub fn run<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let usually = self.usually.map(|usually| format!(" ({usually})")).unwrap_or_default();
        say(&format!("▸ {}{usually}", self.name));
        let start = Instant::now();
        let result = work();
        let took = took(start.elapsed());
        match result {
            Ok(value) => {
                say(&format!("✓ {} · {took}", self.name));
                Ok(value)
            }
            Err(error) => {
                say(&format!("✗ {} · {took}", self.name));
                Err(error).with_context(|| {
                    format!("step \"{}\" failed\n  what to do: {}\n  why", self.name, self.advice)
                })
            }
        }
    }
}

/// A duration as one reads it: `0.3 s`, `42 s`, `3 min 7 s`.
pub fn took(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 60 {
        format!("{} min {} s", seconds / 60, seconds % 60)
    } else if seconds >= 10 {
        format!("{seconds} s")
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::took;

    #[track_caller]
    fn check(milliseconds: u64, expect: &str) {
        assert_eq!(took(Duration::from_millis(milliseconds)), expect);
    }

    #[test]
    fn durations_are_as_exact_as_they_matter() {
        check(0, "0.0 s");
        check(340, "0.3 s");
        check(9_949, "9.9 s");
        check(10_900, "10 s");
        check(59_999, "59 s");
        check(60_000, "1 min 0 s");
        check(187_000, "3 min 7 s");
    }
}
