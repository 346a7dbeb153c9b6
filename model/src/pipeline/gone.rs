//! The runs that were evicted, so that a late event doesn't bring one back as the newest.
//!
//! Of an id a mark of 48 bits is kept: sixty-four ids would be a fifth of the record, and are never read. A new run is
//! taken for one of them once in 10^12 times. Each pool has its own marks, because runs of different pools are evicted in
//! another order where events arrive in another order.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::eviction::Pool;
use crate::fnv::fnv1a;

/// How many runs of each pool are remembered.
const MAX_ASIDE: usize = 48;
const MAX_OPEN: usize = 8;
const MAX_VERDICTS: usize = 64;
/// Letters of a mark.
pub const MARK: usize = 8;

/// The marks of the newest evicted runs of each pool, in the order in which they were evicted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// Of runs with a verdict; of all runs where an earlier version wrote it.
    verdicts: String,
    open: String,
    aside: String,
}

/// What stands between the pools in the stored text: as long as a mark, and never one, so that earlier versions read on.
const BORDER: &str = "........";

impl Gone {
    /// Whether a run was evicted.
    pub fn contains(&self, id: &str) -> bool {
        let mark = mark(id);
        let Self { verdicts, open, aside } = self;
        let marks =
            [verdicts, open, aside].into_iter().flat_map(|marks| marks.as_bytes().chunks(MARK));
        marks.into_iter().any(|known| known == mark)
    }

    /// Remembers a run, and forgets the oldest one of its pool when they are too many.
    pub fn push(&mut self, id: &str, pool: Pool) {
        let (marks, most) = match pool {
            Pool::Verdict => (&mut self.verdicts, MAX_VERDICTS),
            Pool::Open => (&mut self.open, MAX_OPEN),
            Pool::Aside => (&mut self.aside, MAX_ASIDE),
        };
        marks.extend(mark(id).map(char::from));
        let over = marks.len().saturating_sub(most * MARK);
        drop(marks.drain(..over));
    }
}

impl Serialize for Gone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { verdicts, open, aside } = self;
        let text = [verdicts, open, aside].map(String::as_str).join(BORDER);
        serializer.serialize_str(text.trim_end_matches(BORDER))
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
            Written::Marks(marks) if marks.is_ascii() => {
                let mut pools = marks.split(BORDER).map(str::to_owned);
                let mut next = || pools.next().unwrap_or_default();
                Self { verdicts: next(), open: next(), aside: next() }
            }
            Written::Marks(_) => return Err(serde::de::Error::custom("gone: not marks")),
            Written::Ids(ids) => ids.iter().fold(Self::default(), |mut gone, id| {
                gone.push(id, Pool::Verdict);
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
        for number in 0..count {
            gone.push(&number.to_string(), Pool::Verdict);
            gone.push(&format!("a{number}"), Pool::Aside);
        }
        gone
    }

    #[test]
    fn the_newest_of_each_pool_are_remembered() {
        let gone = gone(100);
        let known = |prefix: &str| -> Vec<usize> {
            (0..200).filter(|number| gone.contains(&format!("{prefix}{number}"))).collect()
        };
        assert_eq!(known(""), (36..100).collect::<Vec<_>>());
        assert_eq!(known("a"), (52..100).collect::<Vec<_>>());
        assert_eq!(known("o"), Vec::<usize>::new());
        assert!(!Gone::default().contains(""));
    }

    #[test]
    fn marks_and_the_first_versions_ids_are_read() {
        let read = |json: &str| serde_json::from_str::<Gone>(json).ok();
        for count in [0, 3, 100] {
            assert_eq!(read(&serde_json::to_string(&gone(count)).unwrap()), Some(gone(count)));
        }
        let old = read(r#"["0","1","2"]"#).unwrap();
        assert!(["0", "1", "2"].into_iter().all(|id| old.contains(id)));
        assert_eq!(serde_json::to_string(&old).unwrap().len(), 3 * MARK + 2);
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
