//! News of a pipeline for people who don't look at the wall: it failed, it is fixed, it waits for somebody.
//!
//! News is what a row says and nobody was told yet. What was told ([`Told`]) is kept beside the document, because it hangs
//! on the order in which events arrived, which the document does not:
//!
//! - *failed*: the headline run failed and is over, and the pipeline was not told to be failing. A run that fails after a
//!   failed one is no news.
//! - *fixed*: it was told to be failing, the headline run passed, and nothing fails any more: a rollback mends nothing.
//! - *waiting*: the headline run waits for a person, for each place of each attempt once.
//!
//! Each is told once for each attempt of each run, also where late events turn a row back and forth.

use std::fmt::{self, Write};

use serde::Serialize;

use crate::{
    Status, Tile,
    pipeline::{MARK, mark},
    text,
};

/// How many news are remembered. Only those of runs that events still come for are of use.
const MAX_MARKS: usize = 16;
/// Bytes of a subject, fewer than the 100 that Amazon SNS takes.
const SUBJECT_MAX: usize = 99;
/// Characters of a name in a subject.
const NAME_CAP: usize = 50;

/// What a pipeline has become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Became {
    /// It passed and fails now.
    Failed,
    /// It failed and passes now.
    Fixed,
    /// Somebody has to decide.
    Waiting,
}

/// What was told of a pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    failing: bool,
    /// Of [`MARK`] letters each, the oldest first.
    marks: String,
}

/// Why a text is no [`Told`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no memory of what was told")]
pub struct InvalidTold;

/// What there is to tell, of the row that tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// What the pipeline has become.
    pub became: Became,
    /// Its row since then.
    pub tile: Tile,
}

/// Where a run waits.
type Place<'a> = Option<(&'a str, Option<&'a str>)>;

impl Told {
    /// As if everything that a row says had been told: of a pipeline that nobody has followed yet.
    pub fn of(tile: &Tile) -> Self {
        let mut told = Self { failing: tile.failing_since.is_some(), ..Self::default() };
        let _ = told.take(tile);
        told
    }

    /// What a row says that was not told yet, which counts as told from now on.
    #[must_use]
    pub fn take(&mut self, tile: &Tile) -> Option<Became> {
        if tile.id.is_heartbeat() {
            return None;
        }
        let is_fixed = tile.status == Status::Succeeded && tile.failing_since.is_none();
        let is_over = tile.run.as_ref().is_none_or(|run| run.ended.is_some());
        match tile.status {
            Status::Failed if !self.failing && is_over => {
                self.failing = true;
                self.remember(key("failed", tile, None)).then_some(Became::Failed)
            }
            Status::Succeeded if self.failing && is_fixed => {
                self.failing = false;
                self.remember(key("fixed", tile, None)).then_some(Became::Fixed)
            }
            Status::Waiting => self.take_wait(tile).then_some(Became::Waiting),
            _ => None,
        }
    }

    /// As if `news` had not been told.
    pub fn take_back(&mut self, News { became, tile }: &News) {
        let mark = match became {
            Became::Failed => {
                self.failing = false;
                key("failed", tile, None)
            }
            Became::Fixed => {
                self.failing = true;
                key("fixed", tile, None)
            }
            Became::Waiting => key("waiting", tile, place(tile)),
        };
        self.forget(mark);
    }

    /// Some CIs tell of the run before they tell of the place: that is one wait.
    fn take_wait(&mut self, tile: &Tile) -> bool {
        let (somewhere, placed) = (key("waiting", tile, None), key("placed", tile, None));
        let Some(place) = place(tile) else {
            return !self.knows(placed) && self.remember(somewhere);
        };
        let was_told = self.forget(somewhere);
        self.remember(placed);
        self.remember(key("waiting", tile, Some(place))) && !was_told
    }

    fn knows(&self, mark: [u8; MARK]) -> bool {
        self.marks.as_bytes().chunks(MARK).any(|known| known == mark)
    }

    /// True when it is new.
    fn remember(&mut self, mark: [u8; MARK]) -> bool {
        let is_new = !self.knows(mark);
        if is_new {
            self.marks.extend(mark.map(char::from));
            let over = self.marks.len().saturating_sub(MAX_MARKS * MARK);
            drop(self.marks.drain(..over));
        }
        is_new
    }

    /// True when it was there.
    fn forget(&mut self, mark: [u8; MARK]) -> bool {
        let place = self.marks.as_bytes().chunks(MARK).position(|known| known == mark);
        if let Some(place) = place {
            drop(self.marks.drain(place * MARK..(place + 1) * MARK));
        }
        place.is_some()
    }
}

/// `F` or `P`, failing or passing, and the marks.
impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char(if self.failing { 'F' } else { 'P' })?;
        f.write_str(&self.marks)
    }
}

impl std::str::FromStr for Told {
    type Err = InvalidTold;

    fn from_str(text: &str) -> Result<Self, InvalidTold> {
        let (failing, marks) = match (text.strip_prefix('F'), text.strip_prefix('P')) {
            (Some(marks), _) => (true, marks),
            (_, Some(marks)) => (false, marks),
            (None, None) => return Err(InvalidTold),
        };
        let is_whole =
            marks.is_ascii() && marks.len().is_multiple_of(MARK) && marks.len() <= MAX_MARKS * MARK;
        if is_whole { Ok(Self { failing, marks: marks.to_owned() }) } else { Err(InvalidTold) }
    }
}

impl News {
    /// One line of at most 99 printable ASCII characters, for a subject or a short message.
    pub fn subject(&self) -> String {
        let name = text::line(&self.tile.name, NAME_CAP).unwrap_or_default();
        let line = self.sentence(&name);
        let plain = line.chars().map(|character| {
            if character == ' ' || character.is_ascii_graphic() { character } else { '?' }
        });
        plain.take(SUBJECT_MAX).collect()
    }

    /// Some lines for people: what, where, whose.
    pub fn text(&self) -> String {
        let Tile { id, name, change, failing_since, url, .. } = &self.tile;
        let mut lines = vec![
            format!("{}.", self.sentence(name)),
            format!("{}, {}, {}", id.source(), id.account(), id.region()),
        ];
        if let Some(change) = change {
            let by = change.author.as_ref().map(|author| format!("by {author}"));
            let parts = [change.message.clone(), by, change.revision.clone()];
            lines.push(parts.into_iter().flatten().collect::<Vec<_>>().join(", "));
        }
        if let Some(since) = failing_since {
            lines.push(format!("Failing since {since}"));
        }
        lines.extend(url.clone());
        lines.join("\n") + "\n"
    }

    /// For programs: `{"id":"…","became":"failed","tile":{…}}`. The row is that of `GET /data`; the id is the same whenever
    /// the same is told again.
    pub fn json(&self) -> String {
        let Self { became, tile } = self;
        let place = place(tile).filter(|_| *became == Became::Waiting);
        let id = key(became.word(), tile, place).map(char::from).into_iter().collect::<String>();
        serde_json::json!({ "id": id, "became": became, "tile": tile }).to_string()
    }

    /// What a subscription can choose by. None is empty.
    pub fn attributes(&self) -> Vec<(&'static str, String)> {
        let Tile { id, name, status, stage, .. } = &self.tile;
        let status =
            serde_json::to_value(status).ok().and_then(|status| Some(status.as_str()?.to_owned()));
        let known = [
            ("became", Some(self.became.word().to_owned())),
            ("status", status),
            ("pipeline", Some(name.clone())),
            ("id", Some(id.as_str().to_owned())),
            ("source", Some(id.source())),
            ("region", Some(id.region())),
            ("account", Some(id.account())),
            ("stage", stage.clone()),
        ];
        known
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
            .collect()
    }

    fn sentence(&self, name: &str) -> String {
        let stage = match &self.tile.stage {
            Some(stage) => format!(" in {stage}"),
            None => String::new(),
        };
        match self.became {
            Became::Failed => format!("{name} failed{stage}"),
            Became::Fixed => format!("{name} is fixed"),
            Became::Waiting => format!("{name} waits for somebody{stage}"),
        }
    }
}

impl Became {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Fixed => "fixed",
            Self::Waiting => "waiting",
        }
    }
}

fn place(tile: &Tile) -> Place<'_> {
    let stage = tile.stages.iter().rfind(|stage| stage.status == Some(Status::Waiting))?;
    Some((stage.name.as_str(), stage.action.as_deref()))
}

/// A mark of what is told of whom. No name has a line break in it.
fn key(what: &str, tile: &Tile, place: Place<'_>) -> [u8; MARK] {
    let (run, attempt) = tile.run.as_ref().map_or(("", 1), |run| (run.id.as_str(), run.attempt));
    let (stage, action) =
        place.map_or(("", ""), |(stage, action)| (stage, action.unwrap_or_default()));
    mark(&[what, tile.id.as_str(), run, &attempt.to_string(), stage, action].join("\n"))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::{
        PipelineId,
        tile::{Change, TileRun, TileStage},
    };

    fn tile(status: Status, run: &str) -> Tile {
        let at = "2026-11-02T12:09:00Z".parse().unwrap();
        let ended = matches!(status, Status::Failed | Status::Succeeded).then_some(at);
        let segment = TileStage {
            name: "Prod".to_owned(),
            status: Some(status),
            action: Some("Deploy".to_owned()),
            since: None,
            typical_s: None,
        };
        Tile {
            id: PipelineId::new("codepipeline", "eu-west-1", "111122223333", "shop").unwrap(),
            name: "shop".to_owned(),
            status,
            stage: Some("Prod".to_owned()),
            stages: vec![segment],
            run: Some(TileRun {
                id: run.to_owned(),
                started: at,
                updated: at,
                ended,
                attempt: 1,
                typical_s: None,
                phase: None,
                number: None,
                error: None,
                behind: 0,
            }),
            change: Some(Change {
                message: Some("Cap retries".to_owned()),
                author: Some("Ada".to_owned()),
                revision: Some("9f3c1e0".to_owned()),
                url: None,
            }),
            history: Vec::new(),
            failing_since: (status == Status::Failed).then_some(at),
            verdict: None,
            url: Some("https://console.example/shop".to_owned()),
            off: None,
            gone: None,
        }
    }

    fn failing(tile: Tile) -> Tile {
        Tile { failing_since: Some("2026-11-02T12:09:00Z".parse().unwrap()), ..tile }
    }

    fn nowhere(mut tile: Tile) -> Tile {
        tile.stages.clear();
        tile
    }

    fn before(tile: Tile, action: &str) -> Tile {
        let mut tile = tile;
        tile.stages[0].action = Some(action.to_owned());
        tile
    }

    fn again(mut tile: Tile) -> Tile {
        tile.run.as_mut().unwrap().attempt = 2;
        tile
    }

    /// Rows one after the other, and what is told of each, stored and read in between.
    #[track_caller]
    fn check(first: &Tile, rows: &[(Tile, &str)]) {
        let mut told = Told::of(first);
        for (place, (tile, expect)) in rows.iter().enumerate() {
            let became = told.take(tile).map_or("", Became::word);
            assert_eq!(became, *expect, "row {place}");
            told = told.to_string().parse().unwrap();
        }
    }

    #[test]
    fn a_change_is_told_and_what_lasts_is_not() {
        use Status::{Failed, Started, Stopped, Succeeded, Unknown};
        let new = tile(Unknown, "r0");
        check(
            &new,
            &[
                (tile(Started, "r1"), ""),
                (tile(Succeeded, "r1"), ""),
                (tile(Started, "r2"), ""),
                (tile(Stopped, "r2"), ""),
            ],
        );
        check(
            &new,
            &[
                (tile(Failed, "r1"), "failed"),
                (failing(tile(Started, "r2")), ""),
                (tile(Failed, "r2"), ""),
                (failing(tile(Stopped, "r3")), ""),
                (tile(Succeeded, "r4"), "fixed"),
                (tile(Failed, "r5"), "failed"),
            ],
        );
        check(&tile(Failed, "r1"), &[(tile(Failed, "r1"), ""), (tile(Succeeded, "r2"), "fixed")]);
        check(
            &failing(tile(Started, "r2")),
            &[(tile(Failed, "r2"), ""), (tile(Succeeded, "r3"), "fixed")],
        );
        check(
            &tile(Failed, "r1"),
            &[(failing(tile(Succeeded, "rollback")), ""), (tile(Succeeded, "r2"), "fixed")],
        );
    }

    #[test]
    fn a_row_that_late_events_turn_back_and_forth_tells_each_once() {
        use Status::{Failed, Started, Succeeded};
        let new = tile(Started, "r1");
        check(
            &new,
            &[(tile(Failed, "r1"), "failed"), (tile(Started, "r1"), ""), (tile(Failed, "r1"), "")],
        );
        check(
            &new,
            &[
                (tile(Failed, "r2"), "failed"),
                (tile(Succeeded, "r3"), "fixed"),
                (tile(Failed, "r2"), ""),
                (tile(Succeeded, "r3"), ""),
                (again(tile(Failed, "r3")), "failed"),
            ],
        );
    }

    #[test]
    fn each_place_of_each_attempt_waits_once() {
        use Status::{Started, Waiting};
        let new = tile(Started, "r1");
        check(
            &new,
            &[
                (tile(Waiting, "r1"), "waiting"),
                (tile(Started, "r1"), ""),
                (tile(Waiting, "r1"), ""),
                (before(tile(Waiting, "r1"), "Approve again"), "waiting"),
                (tile(Waiting, "r2"), "waiting"),
                (tile(Waiting, "r1"), ""),
                (again(tile(Waiting, "r1")), "waiting"),
            ],
        );
        check(&tile(Waiting, "r1"), &[(tile(Waiting, "r1"), "")]);
        let placeless = || nowhere(tile(Waiting, "r1"));
        check(
            &new,
            &[
                (placeless(), "waiting"),
                (tile(Waiting, "r1"), ""),
                (placeless(), ""),
                (tile(Waiting, "r1"), ""),
            ],
        );
        check(
            &new,
            &[
                (placeless(), "waiting"),
                (tile(Waiting, "r1"), ""),
                (before(tile(Waiting, "r1"), "Then"), "waiting"),
            ],
        );
        check(&new, &[(tile(Waiting, "r1"), "waiting"), (placeless(), "")]);
    }

    #[test]
    fn what_nobody_took_is_told_again() {
        for (before, after) in [
            (tile(Status::Started, "r1"), tile(Status::Failed, "r1")),
            (tile(Status::Failed, "r1"), tile(Status::Succeeded, "r2")),
            (tile(Status::Started, "r1"), tile(Status::Waiting, "r1")),
            (tile(Status::Started, "r1"), nowhere(tile(Status::Waiting, "r1"))),
        ] {
            let mut told = Told::of(&before);
            let became = told.take(&after).unwrap();
            assert_eq!(told.take(&after), None);
            told.take_back(&News { became, tile: after.clone() });
            assert_eq!(told.take(&after), Some(became));
        }
    }

    #[test]
    fn a_heartbeat_is_no_news() {
        let id = PipelineId::new("pipelines-dashboard", "eu-west-1", "111122223333", "heartbeat")
            .unwrap();
        check(&tile(Status::Started, "r1"), &[(Tile { id, ..tile(Status::Failed, "r1") }, "")]);
    }

    #[test]
    fn the_memory_is_bounded_and_what_is_none_is_refused() {
        let mut told = Told::default();
        for run in 0..100 {
            assert_eq!(
                told.take(&tile(Status::Waiting, &format!("r{run}"))),
                Some(Became::Waiting)
            );
        }
        assert_eq!(told.to_string().len(), 1 + MAX_MARKS * MARK);
        assert_eq!(told.to_string().parse(), Ok(told));
        for text in ["", "X", "Pabc", "Pabcdefgé"] {
            assert_eq!(text.parse::<Told>(), Err(InvalidTold), "{text}");
        }
    }

    #[track_caller]
    fn check_message(became: Became, tile: Tile, expect: &Expect) {
        let news = News { became, tile };
        let attributes: Vec<_> =
            news.attributes().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        expect.assert_eq(&format!(
            "{}\n\n{}\n{}\n",
            news.subject(),
            news.text(),
            attributes.join(" ")
        ));
        let json: serde_json::Value = serde_json::from_str(&news.json()).unwrap();
        assert_eq!(
            (&json["became"], &json["tile"]),
            (&became.word().into(), &serde_json::to_value(&news.tile).unwrap())
        );
        assert_eq!(json["id"].as_str().map(str::len), Some(MARK));
    }

    #[test]
    fn a_message_says_what_where_and_whose() {
        check_message(
            Became::Failed,
            tile(Status::Failed, "r1"),
            &expect![[r#"
                shop failed in Prod

                shop failed in Prod.
                codepipeline, 111122223333, eu-west-1
                Cap retries, by Ada, 9f3c1e0
                Failing since 2026-11-02T12:09:00Z
                https://console.example/shop

                became=failed status=FAILED pipeline=shop id=codepipeline:eu-west-1:111122223333:shop source=codepipeline region=eu-west-1 account=111122223333 stage=Prod
            "#]],
        );
        let bare = Tile { stage: None, change: None, url: None, ..tile(Status::Waiting, "r1") };
        check_message(
            Became::Waiting,
            bare,
            &expect![[r#"
                shop waits for somebody

                shop waits for somebody.
                codepipeline, 111122223333, eu-west-1

                became=waiting status=WAITING pipeline=shop id=codepipeline:eu-west-1:111122223333:shop source=codepipeline region=eu-west-1 account=111122223333
            "#]],
        );
    }

    #[test]
    fn a_subject_is_short_plain_ascii() {
        let long = Tile {
            name: "é".repeat(200),
            stage: Some("x".repeat(200)),
            ..tile(Status::Failed, "r1")
        };
        let subject = News { became: Became::Failed, tile: long }.subject();
        assert!(subject.starts_with("????"), "{subject}");
        assert!(
            subject.len() == SUBJECT_MAX
                && subject.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
            "{subject}"
        );
        let greek = Tile { name: "Δ shop".to_owned(), ..tile(Status::Succeeded, "r1") };
        assert_eq!(News { became: Became::Fixed, tile: greek }.subject(), "? shop is fixed");
    }
}
