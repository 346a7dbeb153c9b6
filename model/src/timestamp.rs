//! A moment in UTC, whole milliseconds.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// Milliseconds since 1970-01-01T00:00:00Z, between the years 1970 and 9999. RFC 3339 in JSON, always `Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Why a text or number is no [`Timestamp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no RFC 3339 time between 1970 and 9999")]
pub struct InvalidTimestamp;

impl Timestamp {
    const LAST_MS: i64 = 253_402_300_799_999;

    /// The moment `ms` milliseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// When it lies before 1970 or after 9999.
    pub fn from_unix_ms(ms: i64) -> Result<Self, InvalidTimestamp> {
        if (0..=Self::LAST_MS).contains(&ms) { Ok(Self(ms)) } else { Err(InvalidTimestamp) }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn unix_ms(self) -> i64 {
        self.0
    }

    /// Whole seconds from `earlier` to `self`, 0 when `earlier` is the later one.
    pub fn seconds_since(self, earlier: Self) -> u64 {
        u64::try_from((self.0 - earlier.0) / 1000).unwrap_or(0)
    }
}

impl std::str::FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// Reads RFC 3339 with any offset; digits beyond the millisecond are cut.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InvalidTimestamp)?.to_offset(UtcOffset::UTC);
        Self::from_unix_ms(moment.unix_timestamp() * 1000 + i64::from(moment.millisecond()))
    }
}

impl fmt::Display for Timestamp {
    /// `2026-11-23T09:14:02.120Z`; whole seconds go without a fraction.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = OffsetDateTime::from_unix_timestamp(self.0 / 1000).map_err(|_| fmt::Error)?;
        let (date, clock) = (moment.date(), moment.time());
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            date.year(),
            u8::from(date.month()),
            date.day(),
            clock.hour(),
            clock.minute(),
            clock.second()
        )?;
        match self.0 % 1000 {
            0 => f.write_str("Z"),
            ms => write!(f, ".{ms:03}Z"),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Timestamp;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an RFC 3339 time")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Option<(i64, &str)>) {
        let parsed = text.parse::<Timestamp>().ok();
        assert_eq!(parsed.map(|moment| (moment.unix_ms(), moment.to_string())), expect.map(|(ms, shown)| (ms, shown.to_owned())));
    }

    #[test]
    fn reads_rfc_3339_and_writes_utc() {
        check("1970-01-01T00:00:00Z", Some((0, "1970-01-01T00:00:00Z")));
        check("2026-11-23T09:14:02.120Z", Some((1_795_425_242_120, "2026-11-23T09:14:02.120Z")));
        check("2026-11-23T10:14:02.1209+01:00", Some((1_795_425_242_120, "2026-11-23T09:14:02.120Z")));
        check("9999-12-31T23:59:59.999Z", Some((253_402_300_799_999, "9999-12-31T23:59:59.999Z")));
    }

    #[test]
    fn refuses_impossible_moments() {
        check("2026-04-31T00:00:00Z", None);
        check("1969-12-31T23:59:59Z", None);
        check("2026-11-23", None);
        check("", None);
    }
}
