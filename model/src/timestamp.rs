//! A moment in UTC, whole milliseconds.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::{Date, Month, OffsetDateTime};

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

    /// Put down digit by digit in `room`: half of a tile are times, and tiles are written after every event.
    fn text(self, room: &mut [u8; 24]) -> &str {
        let moment = OffsetDateTime::from_unix_timestamp(self.0 / 1000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (date, clock) = (moment.date(), moment.time());
        let ms = u16::try_from(self.0 % 1000).unwrap_or_default();
        *room = *b"0000-00-00T00:00:00.000Z";
        for (place, mut number) in [
            (0..4, u16::try_from(date.year()).unwrap_or_default()),
            (5..7, u8::from(date.month()).into()),
            (8..10, date.day().into()),
            (11..13, clock.hour().into()),
            (14..16, clock.minute().into()),
            (17..19, clock.second().into()),
            (20..23, ms),
        ] {
            for digit in room.get_mut(place).into_iter().flatten().rev() {
                *digit += u8::try_from(number % 10).unwrap_or_default();
                number /= 10;
            }
        }
        let length = if ms == 0 { 20 } else { 24 };
        if let Some(end) = room.get_mut(length - 1) {
            *end = b'Z';
        }
        room.get(..length).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default()
    }

    /// Whole seconds from `earlier` to `self`, 0 when `earlier` is the later one.
    pub fn seconds_since(self, earlier: Self) -> u64 {
        u64::try_from((self.0 - earlier.0) / 1000).unwrap_or(0)
    }
}

impl std::str::FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// Reads RFC 3339 with any offset; digits beyond the millisecond are cut, a leap second is the last millisecond of
    /// its minute.
    ///
    /// Taken apart by hand because this runs in the wall too, where the `time` crate's parser would cost more than the
    /// rest of this module; the calendar is the crate's.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text.as_bytes()).ok_or(InvalidTimestamp).and_then(Self::from_unix_ms)
    }
}

fn parse(text: &[u8]) -> Option<i64> {
    const UNIX_EPOCH_JULIAN_DAY: i32 = 2_440_588;
    let (date, text) = text.split_first_chunk::<10>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date else {
        return None;
    };
    let year = digits(&[y1, y2, y3, y4])?;
    let month = Month::try_from(u8::try_from(digits(&[m1, m2])?).ok()?).ok()?;
    let date =
        Date::from_calendar_date(year, month, u8::try_from(digits(&[d1, d2])?).ok()?).ok()?;

    let (clock, text) = text.split_first_chunk::<9>()?;
    let [b'T' | b't' | b' ', h1, h2, b':', m1, m2, b':', s1, s2] = *clock else {
        return None;
    };
    let (hour, minute, second) = (digits(&[h1, h2])?, digits(&[m1, m2])?, digits(&[s1, s2])?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }

    let (mut ms, mut text) = (0, text);
    if let [b'.', fraction @ ..] = text {
        let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (fraction, rest) = fraction.split_at_checked(length)?;
        let digit = |index| fraction.get(index).map_or(0, |byte| i32::from(byte - b'0'));
        if fraction.is_empty() {
            return None;
        }
        (ms, text) = (digit(0) * 100 + digit(1) * 10 + digit(2), rest);
    }
    let in_minute = if second == 60 { 59_999 } else { second * 1000 + ms };

    let offset = match *text {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hour, minute) = (digits(&[h1, h2])?, digits(&[m1, m2])?);
            if hour > 23 || minute > 59 {
                return None;
            }
            let minutes = hour * 60 + minute;
            if sign == b'+' { minutes } else { -minutes }
        }
        _ => return None,
    };
    let minutes = i64::from(date.to_julian_day() - UNIX_EPOCH_JULIAN_DAY) * 1440
        + i64::from(hour * 60 + minute - offset);
    Some(minutes * 60_000 + i64::from(in_minute))
}

/// At most four ASCII digits as a number.
fn digits(text: &[u8]) -> Option<i32> {
    text.iter()
        .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i32::from(byte - b'0')))
}

impl fmt::Display for Timestamp {
    /// `2026-11-23T09:14:02.120Z`; whole seconds go without a fraction.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text(&mut [0; _]))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text(&mut [0; _]))
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
    use proptest::prelude::*;
    use time::{UtcOffset, format_description::well_known::Rfc3339};

    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Option<(i64, &str)>) {
        let parsed = text.parse::<Timestamp>().ok();
        assert_eq!(
            parsed.map(|moment| (moment.unix_ms(), moment.to_string())),
            expect.map(|(ms, shown)| (ms, shown.to_owned()))
        );
    }

    #[test]
    fn reads_rfc_3339_and_writes_utc() {
        check("1970-01-01T00:00:00Z", Some((0, "1970-01-01T00:00:00Z")));
        check("2026-11-23T09:14:02.120Z", Some((1_795_425_242_120, "2026-11-23T09:14:02.120Z")));
        check(
            "2026-11-23T10:14:02.1209+01:00",
            Some((1_795_425_242_120, "2026-11-23T09:14:02.120Z")),
        );
        check("2026-11-23 10:14:02-00:30", Some((1_795_430_642_000, "2026-11-23T10:44:02Z")));
        check("2024-02-29t00:00:00z", Some((1_709_164_800_000, "2024-02-29T00:00:00Z")));
        check("2016-12-31T23:59:60Z", Some((1_483_228_799_999, "2016-12-31T23:59:59.999Z")));
        check("9999-12-31T23:59:59.999Z", Some((253_402_300_799_999, "9999-12-31T23:59:59.999Z")));
    }

    #[test]
    fn refuses_impossible_moments() {
        check("2026-04-31T00:00:00Z", None);
        check("2026-02-29T00:00:00Z", None);
        check("2026-00-01T00:00:00Z", None);
        check("2026-01-01T24:00:00Z", None);
        check("2026-01-01T00:60:00Z", None);
        check("2026-01-01T00:00:61Z", None);
        check("2026-01-01T00:00:00.Z", None);
        check("2026-01-01T00:00:00", None);
        check("2026-01-01T00:00:00+24:00", None);
        check("2026-01-01T00:00:00+01:60", None);
        check("2026-01-01T00:00:00+0100", None);
        check("2026-01-01T00:00:00Zé", None);
        check("9999-12-31T23:59:59-01:00", None);
        check("1969-12-31T23:59:59Z", None);
        check("2026-11-23", None);
        check("", None);
    }

    proptest! {
        /// The `time` crate's own parser is the oracle.
        #[test]
        fn reads_what_the_library_reads(ms in 0..=Timestamp::LAST_MS, offset in -1439..=1439_i32) {
            let offset = UtcOffset::from_whole_seconds(offset * 60).unwrap();
            let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).unwrap();
            if let Some(moment) = moment.checked_to_offset(offset) && let Ok(text) = moment.format(&Rfc3339) {
                prop_assert_eq!(text.parse::<Timestamp>().map(Timestamp::unix_ms), Ok(ms), "{}", text);
            }
        }

        #[test]
        fn no_text_is_read_otherwise(text in "[0-9]{4}-[0-3][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-5][0-9](\\.[0-9]{0,5})?(Z|[+-][0-9]{2}:[0-9]{2})") {
            let library = OffsetDateTime::parse(&text, &Rfc3339).ok().map(|moment| moment.unix_timestamp() * 1000 + i64::from(moment.millisecond()));
            prop_assert_eq!(text.parse().ok().map(Timestamp::unix_ms), library.filter(|ms| Timestamp::from_unix_ms(*ms).is_ok()));
        }
    }
}
