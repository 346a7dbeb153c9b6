//! `source:region:account:name`, the key of everything.
//!
//! A name is unique only inside one account and Region, so all four are the key. In each part a UTF-8 byte outside
//! `[A-Za-z0-9._@-]` is written `~XX` (upper-case hex), so that an id goes through URLs and templates as it is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The encoded id, at most 512 bytes of `[A-Za-z0-9._@~:-]`, three colons.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PipelineId(String);

/// Why a text is no [`PipelineId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// A part is empty.
    #[error("a part of the pipeline's id is empty")]
    Empty,
    /// Longer than [`PipelineId::MAX_BYTES`] once encoded.
    #[error("the pipeline's id is longer than 512 bytes once encoded")]
    TooLong,
    /// Not four encoded parts.
    #[error("a pipeline's id is source:region:account:name, each of [A-Za-z0-9._@-] and ~XX")]
    Malformed,
}

impl PipelineId {
    /// What the API's gate admits.
    pub const MAX_BYTES: usize = 512;

    /// Builds the id from its four parts as the CI spells them.
    ///
    /// # Errors
    /// When a part is empty or the whole gets too long.
    pub fn new(source: &str, region: &str, account: &str, name: &str) -> Result<Self, InvalidId> {
        let mut encoded =
            String::with_capacity(source.len() + region.len() + account.len() + name.len() + 3);
        for (index, part) in [source, region, account, name].into_iter().enumerate() {
            if part.is_empty() {
                return Err(InvalidId::Empty);
            }
            if index > 0 {
                encoded.push(':');
            }
            encode_into(&mut encoded, part);
            if encoded.len() > Self::MAX_BYTES {
                return Err(InvalidId::TooLong);
            }
        }
        Ok(Self(encoded))
    }

    /// The encoded text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The CI's short name, encoded as in the id.
    pub fn encoded_source(&self) -> &str {
        self.encoded(0)
    }

    /// The Region or instance, encoded as in the id.
    pub fn encoded_region(&self) -> &str {
        self.encoded(1)
    }

    /// The account or organisation, encoded as in the id.
    pub fn encoded_account(&self) -> &str {
        self.encoded(2)
    }

    /// The pipeline's name, encoded as in the id.
    pub fn encoded_name(&self) -> &str {
        self.0.rsplit(':').next().unwrap_or_default()
    }

    /// The CI's short name: `codepipeline`, `github`, …
    pub fn source(&self) -> String {
        self.part(0)
    }

    /// The Region or instance.
    pub fn region(&self) -> String {
        self.part(1)
    }

    /// The account or organisation.
    pub fn account(&self) -> String {
        self.part(2)
    }

    /// The pipeline's name as people know it.
    pub fn name(&self) -> String {
        decode(self.encoded_name())
    }

    /// Whether this is the board's own heartbeat of some Region and account, and no pipeline of anybody's.
    pub fn is_heartbeat(&self) -> bool {
        self.0.starts_with("pipelines-dashboard:") && self.0.ends_with(":heartbeat")
    }

    fn encoded(&self, part: usize) -> &str {
        self.0.split(':').nth(part).unwrap_or_default()
    }

    fn part(&self, index: usize) -> String {
        decode(self.encoded(index))
    }
}

fn encode_into(out: &mut String, part: &str) {
    const HEX: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for byte in part.bytes() {
        if is_plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push('~');
            out.extend(HEX.get(usize::from(byte >> 4)));
            out.extend(HEX.get(usize::from(byte & 15)));
        }
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'@' | b'-')
}

/// Decodes one part; [`PipelineId`]'s invariant says that every `~` has two digits behind it.
fn decode(part: &str) -> String {
    if !part.contains('~') {
        return part.to_owned();
    }
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'~' {
            let digit = |byte: Option<u8>| byte.and_then(hex_value).unwrap_or_default();
            bytes.push(digit(rest.next()) << 4 | digit(rest.next()));
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex_value(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

impl std::str::FromStr for PipelineId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidId::TooLong);
        }
        let mut parts = 0;
        for part in text.split(':') {
            parts += 1;
            if part.is_empty() {
                return Err(InvalidId::Empty);
            }
            let mut rest = part.bytes();
            while let Some(byte) = rest.next() {
                let escape = byte == b'~'
                    && rest.next().is_some_and(|digit| hex_value(digit).is_some())
                    && rest.next().is_some_and(|digit| hex_value(digit).is_some());
                if !escape && !is_plain(byte) {
                    return Err(InvalidId::Malformed);
                }
            }
        }
        if parts == 4 { Ok(Self(text.to_owned())) } else { Err(InvalidId::Malformed) }
    }
}

impl TryFrom<String> for PipelineId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PipelineId> for String {
    fn from(id: PipelineId) -> Self {
        id.0
    }
}

impl fmt::Display for PipelineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(name: &str, encoded: &str) {
        let id = PipelineId::new("codepipeline", "us-east-1", "123456789012", name).unwrap();
        assert_eq!(id.as_str(), format!("codepipeline:us-east-1:123456789012:{encoded}"));
        assert_eq!(id.name(), name);
    }

    #[test]
    fn encodes_what_urls_and_templates_would_change() {
        check("shop", "shop");
        check("a.b_c@d-e", "a.b_c@d-e");
        check("a b/c:d~e", "a~20b~2Fc~3Ad~7Ee");
        check("é", "~C3~A9");
    }

    #[test]
    fn refuses_what_is_no_id() {
        for text in [
            "",
            "a:b:c",
            "a:b:c:d:e",
            "a:b:c:",
            "a:b:c:d e",
            "a:b:c:~",
            "a:b:c:~4",
            "a:b:c:~4x",
            "a:b:c:~4a",
        ] {
            assert!(text.parse::<PipelineId>().is_err(), "{text}");
        }
        assert_eq!(PipelineId::new("s", "r", "a", &"x".repeat(600)), Err(InvalidId::TooLong));
        assert_eq!(PipelineId::new("s", "r", "", "x"), Err(InvalidId::Empty));
    }

    #[test]
    fn the_heartbeat_is_known() {
        let is_heartbeat = |id: &str| id.parse::<PipelineId>().unwrap().is_heartbeat();
        assert!(is_heartbeat("pipelines-dashboard:eu-west-1:111122223333:heartbeat"));
        assert!(!is_heartbeat("codepipeline:eu-west-1:111122223333:heartbeat"));
        assert!(!is_heartbeat("pipelines-dashboard:eu-west-1:111122223333:shop"));
    }

    proptest! {
        #[test]
        fn any_name_comes_back(name in "\\PC{1,60}") {
            if let Ok(id) = PipelineId::new("s", "r", "a", &name) {
                prop_assert_eq!(id.as_str().parse::<PipelineId>(), Ok(id.clone()));
                prop_assert_eq!(id.name(), name);
            }
        }
    }
}
