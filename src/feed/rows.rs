//! Which rows of an answer are new or changed.
//!
//! A row whose text is known is not parsed: most answers change a few rows of many.

use std::collections::{BTreeMap, BTreeSet};

use model::{PipelineId, Tile};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::board::Changes;

/// The rows of the last answer.
#[derive(Debug, Default)]
pub struct Rows {
    /// The last answer's rows that the current one has not repeated, and the pipeline that each describes.
    known: BTreeMap<Box<str>, PipelineId>,
    /// The rows of the answer that is being read.
    current: BTreeMap<Box<str>, PipelineId>,
}

/// The page is not a JSON array, or it is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotRows;

/// A row of which only the id is valid.
#[derive(Deserialize)]
struct Id {
    id: PipelineId,
}

impl Rows {
    /// Reads one page of an answer. Returns the number of rows that are not tiles; their pipelines stay as they were.
    pub fn read(&mut self, page: &[u8], changes: &mut Changes) -> Result<u32, NotRows> {
        // Bytes and text would be two JSON readers in the program.
        let page = str::from_utf8(page).map_err(|_| NotRows)?;
        let rows: Vec<&RawValue> = serde_json::from_str(page).map_err(|_| NotRows)?;
        let mut unreadable = 0;
        for row in rows.into_iter().map(RawValue::get) {
            if let Some((row, id)) = self.known.remove_entry(row) {
                self.current.insert(row, id);
            } else if let Ok(tile) = serde_json::from_str::<Tile>(row) {
                self.current.insert(row.into(), tile.id.clone());
                changes.tiles.push(tile);
            } else {
                self.keep(row);
                unreadable += 1;
            }
        }
        Ok(unreadable)
    }

    /// Ends a complete answer: pipelines that it does not have are deleted.
    pub fn complete(&mut self, changes: &mut Changes) {
        self.forget_replaced();
        changes.deleted.extend(std::mem::take(&mut self.known).into_values());
        self.known = std::mem::take(&mut self.current);
    }

    /// Ends an incomplete answer: pipelines that it did not reach stay.
    pub fn abort(&mut self) {
        self.forget_replaced();
        self.known.append(&mut self.current);
    }

    /// Forgets the former rows of pipelines that have a new one.
    fn forget_replaced(&mut self) {
        if !self.known.is_empty() {
            let current: BTreeSet<_> = self.current.values().collect();
            self.known.retain(|_, id| !current.contains(id));
        }
    }

    /// Keeps the last good row of a pipeline whose new row is not a tile.
    fn keep(&mut self, row: &str) {
        let Ok(Id { id }) = serde_json::from_str(row) else { return };
        let known = self.known.iter().find(|(_, other)| **other == id).map(|(row, _)| row.clone());
        self.current.extend(known.and_then(|row| self.known.remove_entry(&row)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(name: &str, rest: &str) -> String {
        format!(r#"{{"id":"codepipeline:eu-west-1:111122223333:{name}","name":"{name}"{rest}}}"#)
    }

    fn passed(name: &str) -> String {
        row(name, r#","status":"SUCCEEDED""#)
    }

    /// Reads an answer of one page; lists what changed.
    fn answer(rows: &mut Rows, page: &str) -> String {
        let mut changes = Changes::default();
        let result = rows.read(page.as_bytes(), &mut changes);
        let mut words: Vec<_> = changes.tiles.drain(..).map(|tile| tile.name).collect();
        if let Ok(unreadable) = result {
            rows.complete(&mut changes);
            words.extend(changes.deleted.iter().map(|id| format!("-{}", id.name())));
            words.extend((unreadable > 0).then(|| format!("{unreadable} unreadable")));
        } else {
            rows.abort();
            words.push("not rows".to_owned());
        }
        words.join(" ")
    }

    #[track_caller]
    fn check(pages: &[(&[&str], &str)]) {
        let mut rows = Rows::default();
        for (page, expect) in pages {
            assert_eq!(answer(&mut rows, &format!("[{}]", page.join(","))), *expect, "{page:?}");
        }
    }

    #[test]
    fn only_changed_rows_are_parsed() {
        let (a, b, c) = (&*passed("a"), &*passed("b"), &*passed("c"));
        let failed = &*row("b", r#","status":"FAILED""#);
        check(&[
            (&[a, b, c], "a b c"),
            (&[a, b, c], ""),
            (&[a, failed, c], "b"),
            (&[a, failed, c], ""),
            (&[c, a, failed], ""),
            (&[c, failed], "-a"),
            (&[a, c, failed], "a"),
            (&[], "-a -b -c"),
        ]);
    }

    #[test]
    fn a_row_that_is_not_a_tile_is_counted_and_the_last_good_one_stays() {
        let (a, b) = (&*passed("a"), &*passed("b"));
        let broken = &*row("a", r#","status":5"#);
        check(&[
            (&[a, b], "a b"),
            (
                &[broken, b, "null", "5", r#"{"id":5}"#, r#""no, [row] \"""#, "[]", "{}"],
                "7 unreadable",
            ),
            (&[a, b], ""),
            (&[b], "-a"),
        ]);
    }

    #[test]
    fn a_row_whose_id_comes_late_is_read() {
        let late = r#"{"name":"a","status":"FAILED","new":[{"x":1e308},"\"]"],"id":"codepipeline:eu-west-1:111122223333:a"}"#;
        check(&[(&[&passed("a")], "a"), (&[late], "a"), (&[late], "")]);
    }

    #[test]
    fn what_is_not_an_array_of_rows_changes_nothing() {
        let mut rows = Rows::default();
        let (a, b) = (passed("a"), passed("b"));
        assert_eq!(answer(&mut rows, &format!("[{a},{b}]")), "a b");
        for page in [
            "",
            "<!doctype html>",
            r#"{"message":"Forbidden"}"#,
            r#"[{"id":"codep"#,
            r#"["codep"#,
            "[codep",
            "[,]",
            "[}",
            "[{]}",
            &format!("[{a}"),
            &format!("[{a},"),
            &format!("[{a},]"),
            &format!("[{a} {b}]"),
            &format!("[{a} x]"),
            &format!("[{a}]]"),
        ] {
            assert_eq!(answer(&mut rows, page), "not rows", "{page}");
        }
        assert_eq!(answer(&mut rows, &format!(" [ {a} , {b} ] ")), "");
    }

    #[test]
    fn an_answer_of_two_pages_deletes_only_at_its_end() {
        let mut rows = Rows::default();
        let mut changes = Changes::default();
        let (a, b) = (format!("[{}]", passed("a")), format!("[{}]", passed("b")));
        for page in [&a, &b] {
            assert_eq!(rows.read(page.as_bytes(), &mut changes), Ok(0));
        }
        rows.complete(&mut changes);
        assert_eq!((changes.tiles.len(), changes.deleted.len()), (2, 0));
        assert_eq!(rows.read(a.as_bytes(), &mut changes), Ok(0));
        rows.abort();
        assert_eq!(changes.tiles.len(), 2);
        assert_eq!(answer(&mut rows, "[]"), "-a -b");
    }

    proptest! {
        /// The changes of any answers add up to the last answer.
        #[test]
        fn changes_add_up_to_the_answer(
            answers in prop::collection::vec(prop::collection::btree_map(0..9_u8, any::<bool>(), 0..9), 1..6),
        ) {
            let mut rows = Rows::default();
            let mut board = BTreeMap::new();
            for answer in answers {
                let status = |failed| if failed { r#","status":"FAILED""# } else { r#","status":"STARTED""# };
                let page: Vec<_> =
                    answer.iter().map(|(name, failed)| row(&name.to_string(), status(*failed))).collect();
                let mut changes = Changes::default();
                let page = format!("[{}]", page.join(","));
                prop_assert_eq!(rows.read(page.as_bytes(), &mut changes), Ok(0));
                rows.complete(&mut changes);
                board.extend(changes.tiles.into_iter().map(|tile| (tile.id, tile.status)));
                for id in changes.deleted {
                    prop_assert!(board.remove(&id).is_some());
                }
                let expect = |failed: &bool| if *failed { model::Status::Failed } else { model::Status::Started };
                let expect: Vec<_> = answer.values().map(expect).collect();
                prop_assert_eq!(board.values().copied().collect::<Vec<_>>(), expect);
            }
        }

        #[test]
        fn no_bytes_panic(
            page in prop_oneof![any::<Vec<u8>>(), "[\\[\\]{}\",:\\\\a0 ]{0,40}".prop_map(String::into_bytes)],
        ) {
            let _ = Rows::default().read(&page, &mut Changes::default());
        }
    }
}
