//! The runs that were let go, so that a late event doesn't bring one back as the newest.
//!
//! Of an id a mark of 48 bits is kept: sixty-four ids would be a fifth of the document, and are never read. A new run is
//! taken for one of them once in 10^12 times.

use serde::{Deserialize, Deserializer, Serialize};

use crate::fnv::fnv1a;

/// How many runs are remembered.
const MAX_GONE: usize = 64;
/// Letters of a mark.
pub const MARK: usize = 8;

/// The marks of the newest runs that were let go, in the order in which they went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Gone(String);

impl Gone {
    /// Whether a run was let go.
    pub fn contains(&self, id: &str) -> bool {
        let mark = mark(id);
        self.0.as_bytes().chunks(MARK).any(|known| known == mark)
    }

    /// Remembers a run, and forgets the oldest one when they are too many.
    pub fn push(&mut self, id: &str) {
        self.0.extend(mark(id).map(char::from));
        let over = self.0.len().saturating_sub(MAX_GONE * MARK);
        drop(self.0.drain(..over));
    }
}

impl<'de> Deserialize<'de> for Gone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// The first version wrote whole ids.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Marks(String),
            Ids(Vec<String>),
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Marks(marks) if marks.is_ascii() => Self(marks),
            Written::Marks(_) => return Err(serde::de::Error::custom("gone: no marks")),
            Written::Ids(ids) => ids.iter().fold(Self::default(), |mut gone, id| {
                gone.push(id);
                gone
            }),
        })
    }
}

/// FNV-1a with its upper bits folded in, in letters of six bits each.
pub fn mark(id: &str) -> [u8; MARK] {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let hash = fnv1a(id);
    let mut left = hash ^ hash >> 48;
    std::array::from_fn(|_| {
        let letter = usize::try_from(left & 63).ok().and_then(|place| LETTERS.get(place));
        left >>= 6;
        letter.copied().unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn gone(count: usize) -> Gone {
        let mut gone = Gone::default();
        (0..count).for_each(|number| gone.push(&number.to_string()));
        gone
    }

    #[test]
    fn the_newest_are_remembered() {
        let gone = gone(100);
        let known: Vec<usize> =
            (0..200).filter(|number| gone.contains(&number.to_string())).collect();
        assert_eq!(known, (36..100).collect::<Vec<_>>());
        assert_eq!(gone.0.len(), MAX_GONE * MARK);
        assert!(!Gone::default().contains(""));
    }

    #[test]
    fn marks_and_the_first_versions_ids_are_read() {
        let read = |json: &str| serde_json::from_str::<Gone>(json).ok();
        assert_eq!(read(&serde_json::to_string(&gone(3)).unwrap()), Some(gone(3)));
        assert_eq!(read(r#"["0","1","2"]"#), Some(gone(3)));
        for none in ["null", "5", "[5]", "\"ä\""] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn marks_differ() {
        let marks: BTreeSet<_> = (0..100_000_u32)
            .map(|number| mark(&format!("3f8a1c20-9b1d-4d6e-8f5a-{number:012x}")))
            .collect();
        assert_eq!(marks.len(), 100_000);
    }
}
