//! Reads a row's tile.
//!
//! `model` can do that by itself, through serde; but code made for each field of each structure is 5 KB of the 64 that
//! the wall may have. Here fields are closures over one small reader. The structures are written out whole, so that a field
//! that `model` gets is an error here; and what is read is compared with what serde reads.

use model::{
    Status, Tile, Timestamp,
    tile::{Change, Past, Phase, TileRun, TileStage},
};

/// Reads one whole JSON value as a tile; nothing for what is none.
pub fn tile(row: &[u8]) -> Option<Tile> {
    let mut reader = Reader { rest: row };
    let tile = reader.tile()?;
    reader.peek().is_none().then_some(tile)
}

/// The JSON value that a text begins with, and what comes behind it; nothing where it is cut off. Only brackets and strings
/// are looked at.
pub fn split_value(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut depth = 0_u32;
    let mut bytes = text.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        let mut end = at + 1;
        match byte {
            b'"' => {
                end = loop {
                    match bytes.next()? {
                        (at, b'"') => break at + 1,
                        // Whatever comes behind a backslash doesn't end the string.
                        (_, b'\\') => _ = bytes.next(),
                        _ => {}
                    }
                };
            }
            b'{' | b'[' => {
                depth += 1;
                continue;
            }
            b'}' | b']' => depth = depth.checked_sub(1)?,
            _ if depth > 0 => continue,
            // A bare word or number.
            _ => end = at + text.get(at..)?.iter().position(|byte| b",]} \t\r\n".contains(byte)).filter(|length| *length > 0)?,
        }
        if depth == 0 {
            return text.split_at_checked(end);
        }
    }
    None
}

/// Each method takes one value off the front, and gives back nothing where it finds another.
struct Reader<'a> {
    rest: &'a [u8],
}

/// What is done with a field: its name, and the reader before its value.
type Field<'f> = &'f mut dyn FnMut(&str, &mut Reader<'_>) -> Option<()>;

impl<'a> Reader<'a> {
    fn tile(&mut self) -> Option<Tile> {
        let (mut id, mut name, mut status) = (None, None, None);
        let (mut stage, mut run, mut change, mut failing_since, mut url) = (None, None, None, None, None);
        let (mut off, mut gone) = (None, None);
        let (mut stages, mut history) = (Vec::new(), Vec::new());
        self.fields(&mut |field, value| {
            match field {
                "id" => id = Some(value.text()?.parse().ok()?),
                "name" => name = Some(value.text()?),
                "status" => status = Some(value.status()?),
                "stage" => stage = value.optional(Reader::text)?,
                "stages" => value.items(&mut |item| item.stage().map(|stage| stages.push(stage)))?,
                "run" => run = value.optional(Reader::run)?,
                "change" => change = value.optional(Reader::change)?,
                "history" => value.items(&mut |item| item.past().map(|past| history.push(past)))?,
                "failing_since" => failing_since = value.optional(Reader::time)?,
                "url" => url = value.optional(Reader::text)?,
                "off" => off = value.optional(Reader::text)?,
                "gone" => gone = value.optional(Reader::time)?,
                _ => value.skip()?,
            }
            Some(())
        })?;
        Some(Tile { id: id?, name: name?, status: status?, stage, stages, run, change, history, failing_since, url, off, gone })
    }

    fn stage(&mut self) -> Option<TileStage> {
        let (mut name, mut status, mut action, mut since, mut typical_s) = (None, None, None, None, None);
        self.fields(&mut |field, value| {
            match field {
                "name" => name = Some(value.text()?),
                "status" => status = value.optional(Reader::status)?,
                "action" => action = value.optional(Reader::text)?,
                "since" => since = value.optional(Reader::time)?,
                "typical_s" => typical_s = value.optional(Reader::number)?,
                _ => value.skip()?,
            }
            Some(())
        })?;
        Some(TileStage { name: name?, status, action, since, typical_s })
    }

    fn run(&mut self) -> Option<TileRun> {
        let (mut id, mut attempt, mut phase, mut typical_s) = (None, None, None, None);
        let (mut started, mut updated, mut ended) = (None, None, None);
        self.fields(&mut |field, value| {
            match field {
                "id" => id = Some(value.text()?),
                "started" => started = Some(value.time()?),
                "updated" => updated = value.optional(Reader::time)?,
                "ended" => ended = value.optional(Reader::time)?,
                "attempt" => attempt = Some(u32::try_from(value.number()?).ok()?),
                "typical_s" => typical_s = value.optional(Reader::number)?,
                "phase" => phase = value.optional(Reader::phase)?,
                _ => value.skip()?,
            }
            Some(())
        })?;
        Some(TileRun { id: id?, started: started?, updated: updated.or(ended)?, ended, attempt: attempt.unwrap_or(1), typical_s, phase })
    }

    fn change(&mut self) -> Option<Change> {
        let (mut message, mut author, mut revision, mut url) = (None, None, None, None);
        self.fields(&mut |field, value| {
            match field {
                "message" => message = value.optional(Reader::text)?,
                "author" => author = value.optional(Reader::text)?,
                "revision" => revision = value.optional(Reader::text)?,
                "url" => url = value.optional(Reader::text)?,
                _ => value.skip()?,
            }
            Some(())
        })?;
        Some(Change { message, author, revision, url })
    }

    fn past(&mut self) -> Option<Past> {
        let (mut status, mut seconds) = (None, None);
        self.fields(&mut |field, value| {
            match field {
                "status" => status = Some(value.status()?),
                "seconds" => seconds = value.optional(Reader::number)?,
                _ => value.skip()?,
            }
            Some(())
        })?;
        Some(Past { status: status.unwrap_or(Status::Succeeded), seconds })
    }

    fn status(&mut self) -> Option<Status> {
        Some(match &*self.text()? {
            "STARTED" => Status::Started,
            "SUCCEEDED" => Status::Succeeded,
            "FAILED" => Status::Failed,
            "WAITING" => Status::Waiting,
            "STOPPED" => Status::Stopped,
            _ => Status::Unknown,
        })
    }

    fn phase(&mut self) -> Option<Phase> {
        Some(match &*self.text()? {
            "queued" => Phase::Queued,
            "stopping" => Phase::Stopping,
            _ => Phase::Other,
        })
    }

    fn time(&mut self) -> Option<Timestamp> {
        self.text()?.parse().ok()
    }

    /// Nothing inside for null.
    #[expect(clippy::option_option, reason = "the outer one tells whether a value was read, the inner one whether it is null")]
    fn optional<T>(&mut self, read: fn(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.peek()? == b'n' { (self.word()? == b"null").then_some(None) } else { read(self).map(Some) }
    }

    fn fields(&mut self, each: Field<'_>) -> Option<()> {
        self.list(b'{', b'}', &mut |reader| {
            let name = reader.text()?;
            reader.expect(b':')?;
            each(&name, reader)
        })
    }

    fn items(&mut self, each: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.list(b'[', b']', each)
    }

    fn list(&mut self, open: u8, close: u8, each: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.expect(open)?;
        if self.peek()? == close {
            return self.expect(close);
        }
        loop {
            each(self)?;
            if self.peek()? == close {
                return self.expect(close);
            }
            self.expect(b',')?;
        }
    }

    /// A whole number; a fraction or an exponent is none, and neither are a sign or a zero in front.
    fn number(&mut self) -> Option<u64> {
        let digits = self.word()?;
        let plain = digits == b"0" || digits.first().is_some_and(|first| (b'1'..=b'9').contains(first));
        str::from_utf8(digits).ok().filter(|_| plain)?.parse().ok()
    }

    fn text(&mut self) -> Option<String> {
        self.expect(b'"')?;
        let mut text = Vec::new();
        loop {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            match byte {
                b'"' => return String::from_utf8(text).ok(),
                b'\\' => {
                    let char = self.escaped()?;
                    text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                }
                // Controls must be escaped.
                0..=31 => return None,
                byte => text.push(*byte),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(match byte {
            b'"' | b'\\' | b'/' => char::from(*byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => match self.unit()? {
                high @ 0xd800..=0xdbff => {
                    self.rest = self.rest.strip_prefix(b"\\u")?;
                    let low = self.unit()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                    char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + low)?
                }
                unit => char::from_u32(unit)?,
            },
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        self.rest = rest;
        digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
    }

    /// One whole value as it is written.
    fn word(&mut self) -> Option<&'a [u8]> {
        self.peek()?;
        let (word, rest) = split_value(self.rest)?;
        self.rest = rest;
        Some(word)
    }

    /// Passes over a value that means nothing to this version. What is inside brackets is not looked at.
    fn skip(&mut self) -> Option<()> {
        let word = self.word()?;
        let is_number = |word: &[u8]| word.iter().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte));
        let is_value = matches!(word, [b'"' | b'{' | b'[', ..] | b"null" | b"true" | b"false") || is_number(word);
        is_value.then_some(())
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.peek()?;
        self.rest = self.rest.strip_prefix(&[byte])?;
        Some(())
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_ascii_start();
        self.rest.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["\\PC{0,12}", any::<String>()]
    }

    fn status() -> impl Strategy<Value = Status> {
        prop::sample::select(vec![Status::Started, Status::Succeeded, Status::Failed, Status::Waiting, Status::Stopped, Status::Unknown])
    }

    fn time() -> impl Strategy<Value = Timestamp> {
        (0..253_402_300_799_999_i64).prop_map(|ms| Timestamp::from_unix_ms(ms).unwrap())
    }

    fn maybe<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
        prop::option::of(value)
    }

    fn run() -> impl Strategy<Value = TileRun> {
        let phase = prop::sample::select(vec![Phase::Queued, Phase::Stopping, Phase::Other]);
        (text(), time(), time(), maybe(time()), any::<u32>(), maybe(any::<u64>()), maybe(phase)).prop_map(
            |(id, started, updated, ended, attempt, typical_s, phase)| TileRun { id, started, updated, ended, attempt, typical_s, phase },
        )
    }

    fn stage() -> impl Strategy<Value = TileStage> {
        (text(), maybe(status()), maybe(text()), maybe(time()), maybe(any::<u64>()))
            .prop_map(|(name, status, action, since, typical_s)| TileStage { name, status, action, since, typical_s })
    }

    fn any_tile() -> impl Strategy<Value = Tile> {
        let change = (maybe(text()), maybe(text()), maybe(text()), maybe(text())).prop_map(|(message, author, revision, url)| Change {
            message,
            author,
            revision,
            url,
        });
        let past = (status(), maybe(any::<u64>())).prop_map(|(status, seconds)| Past { status, seconds });
        let lists = (prop::collection::vec(stage(), 0..4), prop::collection::vec(past, 0..4));
        (text(), status(), maybe(text()), lists, maybe(run()), maybe(change), maybe(time()), (maybe(text()), maybe(text()), maybe(time())))
            .prop_map(|(name, status, stage, (stages, history), run, change, failing_since, (url, off, gone))| Tile {
                id: "codepipeline:eu-west-1:111122223333:a".parse().unwrap(),
                name,
                status,
                stage,
                stages,
                run,
                change,
                history,
                failing_since,
                url,
                off,
                gone,
            })
    }

    proptest! {
        #[test]
        fn any_tile_is_read_as_serde_reads_it(tile in any_tile()) {
            let row = serde_json::to_vec(&tile).unwrap();
            prop_assert_eq!(super::tile(&row), serde_json::from_slice(&row).ok());
        }

        /// What has been tampered with anywhere is read as serde reads it, or refused.
        #[test]
        fn nothing_else_is_read_than_serde_reads(tile in any_tile(), at in any::<prop::sample::Index>(), byte in "[\\[\\]{}\",:\\\\0-9a-z ]") {
            let mut row = serde_json::to_vec(&tile).unwrap();
            let at = at.index(row.len());
            row[at] = byte.as_bytes()[0];
            if let Some(read) = super::tile(&row) {
                prop_assert_eq!(Some(read), serde_json::from_slice(&row).ok(), "{}", String::from_utf8_lossy(&row));
            }
        }
    }

    #[track_caller]
    fn check(fields: &str, name: Option<&str>) {
        let row = format!(r#"{{"id":"codepipeline:eu-west-1:111122223333:a","status":"FAILED",{fields}}}"#);
        assert_eq!(tile(row.as_bytes()).map(|tile| tile.name).as_deref(), name, "{row}");
        assert_eq!(serde_json::from_str::<Tile>(&row).ok().map(|tile| tile.name).as_deref(), name, "{row}");
    }

    #[test]
    fn reads_escapes_nulls_and_what_it_does_not_know() {
        check(r#""name":"\u0041\u00e9\ud83d\ude80\n\"\\\/" , "run" : null, "stages" : [ ] "#, Some("Aé🚀\n\"\\/"));
        check(r#""name":"a","new":{"deep":[1e308,-0.5,true,"]}"]},"url":null"#, Some("a"));
        check(r#""name":"a","run":{"id":"1","started":"2026-01-01T00:00:00Z","updated":"2026-01-01T00:00:00Z","attempt":1}"#, Some("a"));
    }

    #[test]
    fn what_is_left_out_follows_from_the_rest() {
        let rest = r#""history":[{"seconds":9}],"run":{"id":"1","started":"2026-01-01T00:00:00Z","ended":"2026-01-01T00:00:09Z"}"#;
        let tile = tile(format!(r#"{{"id":"a:b:c:d","name":"d","status":"SUCCEEDED",{rest}}}"#).as_bytes()).unwrap();
        assert_eq!(tile.history, [Past { status: Status::Succeeded, seconds: Some(9) }]);
        assert_eq!(tile.run.map(|run| (run.updated.to_string(), run.attempt)), Some(("2026-01-01T00:00:09Z".to_owned(), 1)));
    }

    #[test]
    fn refuses_what_is_no_tile() {
        check(r#""name":5"#, None);
        check(r#""name":"\ud83d""#, None);
        check(r#""name":"\ud83dx""#, None);
        check(r#""name":"a","failing_since":"2026-04-31T00:00:00Z""#, None);
        check(r#""name":"a","history":[{"status":"FAILED","seconds":-1}]"#, None);
        check(r#""name":"a","history":[{"status":"FAILED","seconds":1.5}]"#, None);
        check(r#""name":"a","history":[{"status":"FAILED"},]"#, None);
        check(r#""name":"a","run":{"id":"1","started":"2026-01-01T00:00:00Z"}"#, None);
        check("\"name\":\"a\nb\"", None);
        check(r#""name":"a"}"#, None);
    }
}
