//! An answer's rows: which of them are news.
//!
//! A row whose bytes did not change is not parsed, and where it stands in the same place as last time it is not even
//! looked through: a known row is one whole JSON object, so finding its bytes again is finding its end. Only the newest
//! bytes of each row are kept.

mod read;

use model::{PipelineId, Tile};

use crate::json::split_value;

/// What is known of the rows, in the order of the last answer.
#[derive(Debug, Default)]
pub struct Rows {
    /// Of the last answer; taken out as they are met again.
    known: Vec<Option<Row>>,
    /// Of the answer that is being read.
    read: Vec<Row>,
    /// Where in `known` the next row is expected.
    next: usize,
}

#[derive(Debug)]
struct Row {
    id: PipelineId,
    bytes: Box<[u8]>,
}

/// A page that is no list of rows, or ends too soon. The rows before the fault have been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRows;

impl Rows {
    /// Reads one page of an answer and hands on each tile that is new or has changed. Gives back how many rows are no
    /// tiles; a pipeline that was known keeps its last good one.
    ///
    /// # Errors
    /// When the page is no JSON array, or cut off.
    pub fn read(&mut self, page: &[u8], news: &mut dyn FnMut(Tile)) -> Result<u32, NoRows> {
        let mut bad = 0;
        let mut rest = after_space(page).strip_prefix(b"[").map(after_space).ok_or(NoRows)?;
        if let Some(end) = rest.strip_prefix(b"]") {
            return if after_space(end).is_empty() { Ok(bad) } else { Err(NoRows) };
        }
        loop {
            rest = if let Some(after) = self.unchanged(rest) {
                after
            } else {
                let (row, after) = split_value(rest).ok_or(NoRows)?;
                bad += u32::from(!self.row(row, news));
                after_space(after)
            };
            match rest.split_first() {
                Some((b',', after)) => rest = after_space(after),
                Some((b']', after)) if after_space(after).is_empty() => return Ok(bad),
                _ => return Err(NoRows),
            }
        }
    }

    /// Ends an answer that was read to its end. Gives back who was not in it.
    pub fn end(&mut self) -> Vec<PipelineId> {
        let gone = std::mem::take(&mut self.known).into_iter().flatten().map(|row| row.id);
        let gone = gone.filter(|id| self.read.iter().all(|row| row.id != *id)).collect();
        self.abandon();
        gone
    }

    /// Ends an answer that broke off: nothing is known of the rows that were not reached, so they stay.
    pub fn abandon(&mut self) {
        let unmet = std::mem::take(&mut self.known).into_iter().flatten();
        self.known = std::mem::take(&mut self.read).into_iter().chain(unmet).map(Some).collect();
        self.next = 0;
    }

    /// The text behind the row that was expected here, if it is that row to the byte.
    fn unchanged<'a>(&mut self, rest: &'a [u8]) -> Option<&'a [u8]> {
        let expected = self.known.get_mut(self.next)?;
        let after = after_space(rest.strip_prefix(&*expected.as_ref()?.bytes)?);
        self.read.extend(expected.take());
        self.next += 1;
        Some(after)
    }

    /// Takes in a row that was not expected here. False when it is no tile.
    fn row(&mut self, bytes: &[u8], news: &mut dyn FnMut(Tile)) -> bool {
        let mut known = id_of(bytes).and_then(|id| self.take(id));
        if known.as_ref().is_some_and(|row| *row.bytes == *bytes) {
            self.read.extend(known);
            return true;
        }
        let Some(tile) = read::tile(bytes) else {
            self.read.extend(known);
            return false;
        };
        if known.is_none() {
            known = self.take(tile.id.as_str().as_bytes());
        }
        let id = known.map_or_else(|| tile.id.clone(), |row| row.id);
        self.read.push(Row { id, bytes: bytes.into() });
        news(tile);
        true
    }

    /// Takes a row out of the known ones; the one behind it is expected next.
    fn take(&mut self, id: &[u8]) -> Option<Row> {
        let is =
            |row: &Option<Row>| row.as_ref().is_some_and(|row| row.id.as_str().as_bytes() == id);
        let ahead = self.known.iter().skip(self.next).position(is).map(|ahead| self.next + ahead);
        let place = ahead.or_else(|| self.known.iter().take(self.next).position(is))?;
        self.next = place + 1;
        self.known.get_mut(place)?.take()
    }
}

/// The id of a row as the API writes it, without parsing the row.
fn id_of(row: &[u8]) -> Option<&[u8]> {
    row.strip_prefix(br#"{"id":""#)?.split(|byte| *byte == b'"').next()
}

fn after_space(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn row(name: &str, rest: &str) -> String {
        format!(r#"{{"id":"codepipeline:eu-west-1:111122223333:{name}","name":"{name}"{rest}}}"#)
    }

    fn passed(name: &str) -> String {
        row(name, r#","status":"SUCCEEDED""#)
    }

    /// Reads one answer of one page; says the news, who left, and what was wrong.
    fn answer(rows: &mut Rows, page: &str) -> String {
        let mut words = Vec::new();
        let result = rows.read(page.as_bytes(), &mut |tile| words.push(tile.name));
        if let Ok(bad) = result {
            words.extend(rows.end().into_iter().map(|id| format!("-{}", id.name())));
            words.extend((bad > 0).then(|| format!("{bad} bad")));
        } else {
            rows.abandon();
            words.push("no rows".to_owned());
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
    fn only_what_changed_is_news() {
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
            (&[], "-a -c -b"),
        ]);
    }

    #[test]
    fn what_is_no_tile_is_counted_and_the_last_good_one_stays() {
        let (a, b) = (&*passed("a"), &*passed("b"));
        let broken = &*row("a", r#","status":5"#);
        check(&[
            (&[a, b], "a b"),
            (
                &[broken, b, "null", "5", r#"{"id":5}"#, r#""no, [row] \"""#, "[]", "{}", "tru"],
                "8 bad",
            ),
            (&[a, b], ""),
            (&[b], "-a"),
        ]);
    }

    #[test]
    fn a_row_whose_id_comes_late_is_read_all_the_same() {
        let late = r#"{"name":"a","status":"FAILED","new":[{"x":1e308},"\"]"],"id":"codepipeline:eu-west-1:111122223333:a"}"#;
        check(&[(&[&passed("a")], "a"), (&[late], "a"), (&[late], "")]);
    }

    #[test]
    fn what_is_no_list_of_rows_changes_nothing_behind_its_fault() {
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
            assert_eq!(answer(&mut rows, page), "no rows", "{page}");
        }
        assert_eq!(answer(&mut rows, &format!(" [ {a} , {b} ] ")), "");
    }

    #[test]
    fn an_answer_of_two_pages_forgets_only_at_its_end() {
        let mut rows = Rows::default();
        let (a, b) = (format!("[{}]", passed("a")), format!("[{}]", passed("b")));
        let mut names = Vec::new();
        for page in [&a, &b] {
            rows.read(page.as_bytes(), &mut |tile| names.push(tile.name)).unwrap();
        }
        assert_eq!((names, rows.end()), (vec!["a".to_owned(), "b".to_owned()], vec![]));
        assert_eq!(rows.read(a.as_bytes(), &mut |_| panic!("nothing is new")), Ok(0));
        rows.abandon();
        assert_eq!(answer(&mut rows, "[]"), "-a -b");
    }

    proptest! {
        /// Whatever answers come, the board that the news make is the last answer.
        #[test]
        fn the_news_add_up_to_the_answer(answers in prop::collection::vec(prop::collection::btree_map(0..9_u8, any::<bool>(), 0..9), 1..6)) {
            let mut rows = Rows::default();
            let mut board = BTreeMap::new();
            for answer in answers {
                let status = |failed: bool| if failed { r#","status":"FAILED""# } else { r#","status":"STARTED""# };
                let page: Vec<_> = answer.iter().map(|(name, failed)| row(&name.to_string(), status(*failed))).collect();
                let page = format!("[{}]", page.join(","));
                prop_assert_eq!(rows.read(page.as_bytes(), &mut |tile| _ = board.insert(tile.id.clone(), tile.status)), Ok(0));
                for id in rows.end() {
                    prop_assert!(board.remove(&id).is_some());
                }
                let expect: Vec<_> = answer.values().map(|failed| if *failed { model::Status::Failed } else { model::Status::Started }).collect();
                prop_assert_eq!(board.values().copied().collect::<Vec<_>>(), expect);
            }
        }

        #[test]
        fn no_bytes_panic(page in prop_oneof![any::<Vec<u8>>(), "[\\[\\]{}\",:\\\\a0 ]{0,40}".prop_map(String::into_bytes)]) {
            let mut rows = Rows::default();
            let _ = rows.read(&page, &mut |_| ());
        }
    }
}
