//! A small reader of JSON, which takes values off the front of a text.
//!
//! `model` reads its structures by itself, through serde; but code made for each field of each structure is 5 KB of the 64
//! that the wall may have. Here fields are closures over one reader, and what is read is compared with what serde reads.

use model::{
    Status, Timestamp,
    tile::{Change, Phase},
};

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
            _ => {
                end = at
                    + text
                        .get(at..)?
                        .iter()
                        .position(|byte| b",]} \t\r\n".contains(byte))
                        .filter(|length| *length > 0)?;
            }
        }
        if depth == 0 {
            return text.split_at_checked(end);
        }
    }
    None
}

/// Each method takes one value off the front, and gives back nothing where it finds another.
pub struct Reader<'a> {
    rest: &'a [u8],
}

/// What is done with a field: its name, and the reader before its value.
pub type Field<'f> = &'f mut dyn FnMut(&str, &mut Reader<'_>) -> Option<()>;

/// Reads a text that is one whole value.
pub fn whole<'a, T>(text: &'a [u8], read: fn(&mut Reader<'a>) -> Option<T>) -> Option<T> {
    let mut reader = Reader { rest: text };
    let value = read(&mut reader)?;
    reader.peek().is_none().then_some(value)
}

impl<'a> Reader<'a> {
    /// What a run builds.
    #[inline(never)]
    pub fn change(&mut self) -> Option<Change> {
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

    /// A status in the words of the API.
    pub fn status(&mut self) -> Option<Status> {
        Some(match &*self.text()? {
            "STARTED" => Status::Started,
            "SUCCEEDED" => Status::Succeeded,
            "FAILED" => Status::Failed,
            "WAITING" => Status::Waiting,
            "STOPPED" => Status::Stopped,
            _ => Status::Unknown,
        })
    }

    /// What an open run is doing.
    pub fn phase(&mut self) -> Option<Phase> {
        Some(match &*self.text()? {
            "queued" => Phase::Queued,
            "stopping" => Phase::Stopping,
            _ => Phase::Other,
        })
    }

    /// A moment.
    pub fn time(&mut self) -> Option<Timestamp> {
        self.text()?.parse().ok()
    }

    /// Nothing inside for null.
    #[expect(
        clippy::option_option,
        reason = "the outer one tells whether a value was read, the inner one whether it is null"
    )]
    #[inline(never)]
    pub fn optional<T>(&mut self, read: fn(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.peek()? == b'n' {
            (self.word()? == b"null").then_some(None)
        } else {
            read(self).map(Some)
        }
    }

    /// An object: `each` is called with every field.
    pub fn fields(&mut self, each: Field<'_>) -> Option<()> {
        self.list(b'{', b'}', &mut |reader| {
            let name = reader.text()?;
            reader.expect(b':')?;
            each(&name, reader)
        })
    }

    /// An array: `each` is called before every item.
    pub fn items(&mut self, each: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.list(b'[', b']', each)
    }

    fn list(
        &mut self,
        open: u8,
        close: u8,
        each: &mut dyn FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
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
    pub fn number(&mut self) -> Option<u64> {
        let digits = self.word()?;
        let plain =
            digits == b"0" || digits.first().is_some_and(|first| (b'1'..=b'9').contains(first));
        str::from_utf8(digits).ok().filter(|_| plain)?.parse().ok()
    }

    /// A string.
    pub fn text(&mut self) -> Option<String> {
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
    pub fn skip(&mut self) -> Option<()> {
        let word = self.word()?;
        let is_number =
            |word: &[u8]| word.iter().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte));
        let is_value = matches!(word, [b'"' | b'{' | b'[', ..] | b"null" | b"true" | b"false")
            || is_number(word);
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
