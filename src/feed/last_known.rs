//! The last known wall, shown until the first answer arrives.

use model::Timestamp;

/// An older wall is not shown.
const LONGEST_S: u64 = 24 * 3600;

/// Writes an answer for storage.
pub fn write(now: Timestamp, rows: &str) -> String {
    format!("{}\n{rows}", now.unix_ms())
}

/// Reads a stored answer and its time, unless it is too old by the browser's own clock.
pub fn read(stored: &str, own_clock: Timestamp) -> Option<(Timestamp, &str)> {
    let (moment, rows) = stored.split_once('\n')?;
    let moment = Timestamp::from_unix_ms(moment.parse().ok()?).ok()?;
    (own_clock.seconds_since(moment) < LONGEST_S && moment.seconds_since(own_clock) < LONGEST_S)
        .then_some((moment, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_is_known_for_a_day() {
        let at = |seconds: i64| Timestamp::from_unix_ms(seconds * 1000).unwrap();
        let stored = write(at(100_000), "[1\n]");
        assert_eq!(read(&stored, at(100_001)), Some((at(100_000), "[1\n]")));
        assert_eq!(read(&stored, at(186_399)), Some((at(100_000), "[1\n]")));
        assert_eq!(read(&stored, at(186_400)), None);
        assert_eq!(read(&stored, at(13_600)), None);
        for broken in ["", "x", "x\n[]", "99999999999999999999\n[]"] {
            assert_eq!(read(broken, at(0)), None);
        }
    }
}
