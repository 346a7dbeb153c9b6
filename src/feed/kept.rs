//! The last known wall, for the moment before the first answer.

use model::Timestamp;

use crate::number::digits;

/// An older wall is none.
const LONGEST_S: u64 = 24 * 3600;

/// What is kept of an answer.
pub fn text(now: Timestamp, rows: &str) -> String {
    [&digits(now.unix_ms()), "\n", rows].concat()
}

/// The moment and the rows of what was kept, unless that is too long ago by this browser's own clock.
pub fn read(kept: &str, own_clock: Timestamp) -> Option<(Timestamp, &str)> {
    let (moment, rows) = kept.split_once('\n')?;
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
        let kept = text(at(100_000), "[1\n]");
        assert_eq!(read(&kept, at(100_001)), Some((at(100_000), "[1\n]")));
        assert_eq!(read(&kept, at(186_399)), Some((at(100_000), "[1\n]")));
        assert_eq!(read(&kept, at(186_400)), None);
        assert_eq!(read(&kept, at(13_600)), None);
        for broken in ["", "x", "x\n[]", "99999999999999999999\n[]"] {
            assert_eq!(read(broken, at(0)), None);
        }
    }
}
