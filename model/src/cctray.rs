//! `cctray.xml`: what desktop clients and other walls read.
//!
//! Clients notify by comparing two polls (`clients`, a test module, has their rules), so each attribute changes only when
//! its subject does:
//!
//! - `lastBuildStatus`, `lastBuildLabel` and `lastBuildTime` describe one run: the last one that succeeded or failed, and
//!   has ended. A run that is queued, started, retried, waiting, stopped or superseded changes none of them.
//! - `activity` is `Building` while any known run works or waits for a person. A run that is only queued does not work.
//! - A client takes the step from `Building` to `Sleeping` for a finished build, and announces the last verdict once more.
//!   A run that ended without a verdict leaves `CheckingModifications` instead, for ten minutes: `Activity::of`.
//! - `name` does not depend on other pipelines, `webUrl` is never empty: clients identify a project by the first and
//!   open the second.
//!
//! Sources: <https://cctray.org/v1/>; for `messages`, which are older than that page, `resources/go_example.xml` of
//! <https://github.com/build-canaries/clj-cctray>. The heartbeat is not a project.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use crate::{
    Status, Tile, Timestamp,
    tile::{Change, Past, Phase, TileRun, Verdict, run_label},
    xml::Escaped,
};

/// How long a run that ended without a verdict stays visible: two polls of a client that saves data (`CCMenu`: 300 s).
const ABORTED_VISIBLE_S: u64 = 600;

/// `lastBuildTime`, which is required, while there is no last build.
const NEVER: &str = "1970-01-01T00:00:00Z";

/// What projects are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// With Region and account, and with the CI where that is not `CodePipeline`. Such a name is that of one pipeline,
    /// whichever others there are.
    #[default]
    Full,
    /// Without them. Pipelines of one name have their ids behind it.
    Short,
}

/// Returns all projects, by name.
///
/// `wall` is the absolute address of the wall, to which a fragment can be appended: the `webUrl` of pipelines whose CI
/// has no page of them.
pub fn document(tiles: &[Tile], wall: &str, names: Names) -> String {
    // The heartbeat counts as news, so that time passes where no pipeline runs.
    let now = tiles.iter().filter_map(|tile| Some(tile.run.as_ref()?.updated)).max();
    let mut tiles: Vec<&Tile> = tiles.iter().filter(|tile| !tile.id.is_heartbeat()).collect();
    tiles.sort_by_key(|tile| (&tile.name, &tile.id));
    let mut namesakes: BTreeMap<&str, usize> = BTreeMap::new();
    for tile in &tiles {
        *namesakes.entry(&tile.name).or_default() += 1;
    }
    let mut taken = BTreeSet::new();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Projects>\n");
    for tile in tiles {
        let is_alone = namesakes.get(tile.name.as_str()) == Some(&1);
        let mut name = match names {
            Names::Full => full_name(tile),
            Names::Short if is_alone => tile.name.clone(),
            Names::Short => format!("{} ({})", tile.name, tile.id),
        };
        // Two workflows may have one name, and a stranger may give a pipeline the full name of another.
        while taken.contains(&name) {
            name = format!("{name} ({})", tile.id);
        }
        project(&mut out, &name, tile, wall, now);
        taken.insert(name);
    }
    out.push_str("</Projects>\n");
    out
}

/// Any CI may run in any account and Region; nearly all namesakes are a `CodePipeline` and the build that it starts.
fn full_name(Tile { id, name, .. }: &Tile) -> String {
    let (source, region, account) = (id.source(), id.region(), id.account());
    match source.as_str() {
        "codepipeline" => format!("{name} ({region}, {account})"),
        _ => format!("{name} ({region}, {account}, {source})"),
    }
}

fn project(out: &mut String, name: &str, tile: &Tile, wall: &str, now: Option<Timestamp>) {
    let last = LastBuild::of(tile);
    let attributes = [
        ("name", Some(name)),
        ("activity", Some(Activity::of(tile, last.status, now).word())),
        ("lastBuildStatus", Some(last.status)),
        ("lastBuildLabel", last.label),
        ("lastBuildTime", Some(&last.time())),
        ("webUrl", Some(&web_url(tile, wall))),
    ];
    out.push_str("  <Project");
    for (key, value) in attributes {
        if let Some(value) = value {
            // Writing into a String cannot fail.
            let _ = write!(out, " {key}=\"{}\"", Escaped(value));
        }
    }
    let _ = match last.author.filter(|_| last.status == FAILURE) {
        Some(author) => writeln!(
            out,
            "><messages><message text=\"{}\" kind=\"Breakers\"/></messages></Project>",
            Escaped(author)
        ),
        None => writeln!(out, "/>"),
    };
}

/// The pipeline in its CI, else its page on the wall, as the wall links it. The access key is never part of it.
fn web_url<'a>(tile: &'a Tile, wall: &str) -> Cow<'a, str> {
    match &tile.url {
        Some(url) if url.starts_with("https://") => Cow::Borrowed(url),
        _ => Cow::Owned(format!("{wall}#p={}", tile.id)),
    }
}

const SUCCESS: &str = "Success";
const FAILURE: &str = "Failure";
/// There was no verdict. Never `Exception`: some clients take it for a failure, others do not know it.
const UNKNOWN: &str = "Unknown";

/// The last run with a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct LastBuild<'a> {
    status: &'static str,
    label: Option<&'a str>,
    ended: Option<Timestamp>,
    /// Who wrote what it built.
    author: Option<&'a str>,
}

impl<'a> LastBuild<'a> {
    fn of(tile: &'a Tile) -> Self {
        Self::noted(tile).or_else(|| Self::headline(tile)).unwrap_or_else(|| Self::derived(tile))
    }

    /// The verdict that the tile names, because the headline run is not it.
    fn noted(tile: &'a Tile) -> Option<Self> {
        let Verdict { status, label, ended, author } = tile.verdict.as_ref()?;
        Some(Self {
            status: verdict(*status)?,
            label: Some(label),
            ended: Some(*ended),
            author: author.as_deref(),
        })
    }

    fn headline(tile: &'a Tile) -> Option<Self> {
        let run = tile.run.as_ref().filter(|_| !has_failed_so_far(tile))?;
        let change = tile.change.as_ref();
        Some(Self {
            status: verdict(tile.status)?,
            label: Some(label(run, change)),
            ended: Some(run.ended.unwrap_or(run.updated)),
            author: change.and_then(|change| change.author.as_deref()),
        })
    }

    /// The most that a tile of a version that did not note verdicts says: a time that is not too early, and a label only
    /// of a run that is retried. `Unknown` where there was no verdict.
    fn derived(tile: &'a Tile) -> Self {
        let run = tile.run.as_ref();
        let failing_since = tile.failing_since.filter(|_| !has_failed_so_far(tile));
        let past = || earlier(tile).rev().find_map(|past| verdict(past.status));
        let status = failing_since.map(|_| FAILURE).or_else(past);
        let retried = run.filter(|run| failing_since.is_some() && run.attempt > 1);
        Self {
            status: status.unwrap_or(UNKNOWN),
            label: retried.map(|run| label(run, tile.change.as_ref())),
            ended: status.and(failing_since.or(run.map(|run| run.started))),
            author: None,
        }
    }

    /// In whole seconds, which all clients read.
    fn time(&self) -> String {
        let Some(ended) = self.ended else {
            return NEVER.to_owned();
        };
        let whole = Timestamp::from_unix_ms(ended.unix_ms() / 1000 * 1000);
        whole.unwrap_or(ended).to_string()
    }
}

fn label<'a>(run: &'a TileRun, change: Option<&'a Change>) -> &'a str {
    let revision = change.and_then(|change| change.revision.as_deref());
    run_label(run.number.as_deref(), revision, &run.id)
}

fn verdict(status: Status) -> Option<&'static str> {
    match status {
        Status::Succeeded => Some(SUCCESS),
        Status::Failed => Some(FAILURE),
        Status::Started | Status::Waiting | Status::Stopped | Status::Unknown => None,
    }
}

/// A job of the headline run failed while others go on: it is not over, and a retried job may mend it.
fn has_failed_so_far(tile: &Tile) -> bool {
    let is_open = |run: &TileRun| run.ended.is_none();
    tile.status == Status::Failed && tile.run.as_ref().is_some_and(is_open)
}

/// The runs before the headline, oldest first.
fn earlier(tile: &Tile) -> impl DoubleEndedIterator<Item = &Past> {
    tile.history.split_last().map_or([].as_slice(), |(_, earlier)| earlier).iter()
}

/// What a project is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Activity {
    Building,
    Sleeping,
    CheckingModifications,
}

impl Activity {
    /// Reads the activity at `now`, the time of the newest news of any pipeline.
    ///
    /// A run that worked and ended without a verdict is over, but `CCMenu` announces "Build finished: success" when
    /// `Sleeping` follows `Building`, whatever else stays as it was. It announces nothing when the third word is in
    /// between, for which it and `BuildNotify` draw the same icon as for `Sleeping`. The word does not stay, because
    /// `CCMenu` announces the same when it starts with it, and Nevergreen shows no verdict beside it. For the latter
    /// reason it never follows a failure, which stays visible: "Build finished: still broken" is then true.
    fn of(tile: &Tile, last: &str, now: Option<Timestamp>) -> Self {
        let is_open = |past: &Past| matches!(past.status, Status::Started | Status::Waiting);
        if headline_works(tile) || earlier(tile).any(is_open) {
            Self::Building
        } else if last == SUCCESS && has_aborted(tile) && is_recent(tile, now) {
            Self::CheckingModifications
        } else {
            Self::Sleeping
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Building => "Building",
            Self::Sleeping => "Sleeping",
            Self::CheckingModifications => "CheckingModifications",
        }
    }
}

fn headline_works(tile: &Tile) -> bool {
    match tile.status {
        Status::Waiting => true,
        Status::Started => !is_queued(tile),
        Status::Failed => has_failed_so_far(tile),
        Status::Succeeded | Status::Stopped | Status::Unknown => false,
    }
}

fn is_queued(tile: &Tile) -> bool {
    tile.run.as_ref().is_some_and(|run| run.phase == Some(Phase::Queued))
}

/// Whether a run that worked ended without a verdict since the last one with a verdict. A run that never worked was never
/// `Building`.
fn has_aborted(tile: &Tile) -> bool {
    let is_aborted = |past: &Past| past.seconds.is_some_and(|seconds| seconds > 0);
    let headline = match tile.status {
        Status::Succeeded | Status::Failed => return false,
        Status::Unknown => tile.run.is_some(),
        Status::Stopped if !tile.stages.is_empty() => {
            tile.stages.iter().any(|stage| stage.status.is_some())
        }
        Status::Stopped => tile.history.last().is_some_and(is_aborted),
        Status::Started | Status::Waiting => false,
    };
    let mut since = earlier(tile).rev().take_while(|past| verdict(past.status).is_none());
    headline || since.any(is_aborted)
}

fn is_recent(tile: &Tile, now: Option<Timestamp>) -> bool {
    let age = |run: &TileRun| Some(now?.seconds_since(run.updated));
    tile.run.as_ref().and_then(age).is_some_and(|age| age <= ABORTED_VISIBLE_S)
}

#[cfg(test)]
mod clients;
#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;
    use crate::{PipelineId, tile::TileStage, xml::read::elements};

    pub(super) const WALL: &str = "https://wall.example/";

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// A tile whose newest verdict, where the headline run is not it, is that of run 41.
    fn tile(account: &str, name: &str, history: &[Status]) -> Tile {
        let (status, earlier) = history.split_last().unwrap_or((&Status::Unknown, &[]));
        let is_open = matches!(status, Status::Started | Status::Waiting);
        let last = earlier.iter().rev().find(|status| verdict(**status).is_some());
        Tile {
            id: PipelineId::new("codepipeline", "eu-west-1", account, name).unwrap(),
            name: name.to_owned(),
            status: *status,
            stage: Some("Build".to_owned()),
            stages: Vec::new(),
            run: Some(TileRun {
                id: "11111111-2222-4333-8444-555555555555".to_owned(),
                started: moment("2026-11-23T09:14:02.120Z"),
                updated: moment("2026-11-23T09:18:02.900Z"),
                ended: (!is_open).then(|| moment("2026-11-23T09:18:02.900Z")),
                attempt: 1,
                typical_s: None,
                phase: None,
                number: Some("42".to_owned()),
                error: None,
                behind: 0,
            }),
            change: Some(Change {
                revision: Some("9f3c1e0".to_owned()),
                author: Some("Ada Lovelace".to_owned()),
                ..Change::default()
            }),
            history: history
                .iter()
                .map(|status| Past {
                    status: *status,
                    seconds: (*status != Status::Started).then_some(240),
                })
                .collect(),
            failing_since: None,
            verdict: last.filter(|_| verdict(*status).is_none()).map(|status| Verdict {
                status: *status,
                label: "41".to_owned(),
                ended: moment("2026-11-22T17:03:44.7Z"),
                author: Some("Grace Hopper".to_owned()),
            }),
            url: Some("https://eu-west-1.console.aws.amazon.com/x?a=1&b=2".to_owned()),
            off: None,
            gone: None,
        }
    }

    fn of(history: &[Status]) -> Tile {
        tile("1", "shop", history)
    }

    fn with_run(mut tile: Tile, change: impl FnOnce(&mut TileRun)) -> Tile {
        change(tile.run.as_mut().unwrap());
        tile
    }

    fn in_phase(tile: Tile, phase: Phase) -> Tile {
        with_run(tile, |run| run.phase = Some(phase))
    }

    fn heartbeat(time: &str) -> Tile {
        let id = PipelineId::new("pipelines-dashboard", "eu-west-1", "1", "heartbeat").unwrap();
        let beat = Tile { id, ..tile("1", "heartbeat", &[Status::Succeeded]) };
        with_run(beat, |run| run.updated = moment(time))
    }

    fn projects(tiles: &[Tile], names: Names) -> Vec<BTreeMap<String, String>> {
        let elements = elements(&document(tiles, WALL, names)).unwrap();
        elements
            .into_iter()
            .filter(|(element, _)| element == "Project")
            .map(|(_, attributes)| attributes)
            .collect()
    }

    #[track_caller]
    fn check(tiles: &[Tile], expect: &Expect) {
        let document = document(tiles, WALL, Names::Full);
        elements(&document).unwrap();
        expect.assert_eq(&document);
    }

    #[test]
    fn projects_by_name() {
        let bare = Tile { run: None, change: None, url: None, ..tile("1", "new", &[]) };
        check(
            &[of(&[Status::Succeeded]), bare],
            &expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <Projects>
              <Project name="new (eu-west-1, 1)" activity="Sleeping" lastBuildStatus="Unknown" lastBuildTime="1970-01-01T00:00:00Z" webUrl="https://wall.example/#p=codepipeline:eu-west-1:1:new"/>
              <Project name="shop (eu-west-1, 1)" activity="Sleeping" lastBuildStatus="Success" lastBuildLabel="42" lastBuildTime="2026-11-23T09:18:02Z" webUrl="https://eu-west-1.console.aws.amazon.com/x?a=1&amp;b=2"/>
            </Projects>
        "#]],
        );
        check(
            &[],
            &expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <Projects>
            </Projects>
        "#]],
        );
    }

    #[test]
    fn a_failing_project_names_who_broke_it() {
        let nobody = Tile { change: None, ..tile("1", "nobody", &[Status::Failed]) };
        check(
            &[
                nobody,
                tile("1", "retried", &[Status::Failed, Status::Started]),
                of(&[Status::Succeeded, Status::Failed]),
            ],
            &expect![[r#"
                <?xml version="1.0" encoding="UTF-8"?>
                <Projects>
                  <Project name="nobody (eu-west-1, 1)" activity="Sleeping" lastBuildStatus="Failure" lastBuildLabel="42" lastBuildTime="2026-11-23T09:18:02Z" webUrl="https://eu-west-1.console.aws.amazon.com/x?a=1&amp;b=2"/>
                  <Project name="retried (eu-west-1, 1)" activity="Building" lastBuildStatus="Failure" lastBuildLabel="41" lastBuildTime="2026-11-22T17:03:44Z" webUrl="https://eu-west-1.console.aws.amazon.com/x?a=1&amp;b=2"><messages><message text="Grace Hopper" kind="Breakers"/></messages></Project>
                  <Project name="shop (eu-west-1, 1)" activity="Sleeping" lastBuildStatus="Failure" lastBuildLabel="42" lastBuildTime="2026-11-23T09:18:02Z" webUrl="https://eu-west-1.console.aws.amazon.com/x?a=1&amp;b=2"><messages><message text="Ada Lovelace" kind="Breakers"/></messages></Project>
                </Projects>
            "#]],
        );
    }

    #[test]
    fn strangers_texts_are_text() {
        let hostile = "a<b>&\"'c\u{1F680}";
        let mut failed = tile("1", hostile, &[Status::Failed]);
        failed.url = None;
        failed.change.as_mut().unwrap().author = Some(hostile.to_owned());
        check(
            &[with_run(failed, |run| run.number = Some(hostile.to_owned()))],
            &expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <Projects>
              <Project name="a&lt;b&gt;&amp;&quot;&#39;c🚀 (eu-west-1, 1)" activity="Sleeping" lastBuildStatus="Failure" lastBuildLabel="a&lt;b&gt;&amp;&quot;&#39;c🚀" lastBuildTime="2026-11-23T09:18:02Z" webUrl="https://wall.example/#p=codepipeline:eu-west-1:1:a~3Cb~3E~26~22~27c~F0~9F~9A~80"><messages><message text="a&lt;b&gt;&amp;&quot;&#39;c🚀" kind="Breakers"/></messages></Project>
            </Projects>
        "#]],
        );
    }

    #[test]
    fn the_heartbeat_is_not_a_project() {
        let namesake = tile("1", "heartbeat", &[Status::Succeeded]);
        assert_eq!(projects(&[heartbeat("2026-11-23T09:20:00Z"), namesake], Names::Full).len(), 1);
    }

    #[track_caller]
    fn check_names(tiles: &[Tile], names: Names, expect: &Expect) {
        let names: Vec<_> =
            projects(tiles, names).into_iter().map(|project| project["name"].clone()).collect();
        expect.assert_eq(&names.join("\n"));
    }

    fn built_by(source: &str, tile: Tile) -> Tile {
        let id = PipelineId::new(source, "eu-west-1", &tile.id.account(), &tile.name).unwrap();
        Tile { id, ..tile }
    }

    #[test]
    fn a_name_does_not_depend_on_other_pipelines() {
        let shop = of(&[Status::Succeeded]);
        let mut tiles = vec![shop.clone()];
        check_names(&tiles, Names::Full, &expect!["shop (eu-west-1, 1)"]);
        tiles.extend([
            built_by("codebuild", shop.clone()),
            tile("2", "shop", &[Status::Failed]),
            tile("3", "shop (eu-west-1, 1)", &[Status::Failed]),
        ]);
        check_names(
            &tiles,
            Names::Full,
            &expect![[r#"
            shop (eu-west-1, 1, codebuild)
            shop (eu-west-1, 1)
            shop (eu-west-1, 2)
            shop (eu-west-1, 1) (eu-west-1, 3)"#]],
        );
    }

    #[test]
    fn short_names_have_an_id_only_where_they_are_shared() {
        let shop = of(&[Status::Succeeded]);
        check_names(std::slice::from_ref(&shop), Names::Short, &expect!["shop"]);
        let pretender = tile("3", "shop (codepipeline:eu-west-1:1:shop)", &[Status::Failed]);
        let tiles = [shop.clone(), built_by("codebuild", shop), pretender];
        check_names(
            &tiles,
            Names::Short,
            &expect![[r#"
            shop (codebuild:eu-west-1:1:shop)
            shop (codepipeline:eu-west-1:1:shop)
            shop (codepipeline:eu-west-1:1:shop) (codepipeline:eu-west-1:3:shop~20~28codepipeline~3Aeu-west-1~3A1~3Ashop~29)"#]],
        );
    }

    #[test]
    fn workflows_of_one_name_have_different_ones() {
        let [mut first, mut second] = [tile("1", "ci.yml", &[]), tile("1", "nightly.yml", &[])];
        for tile in [&mut first, &mut second] {
            tile.name = "acme/shop/Build".to_owned();
        }
        check_names(
            &[second, first],
            Names::Full,
            &expect![[r#"
            acme/shop/Build (eu-west-1, 1)
            acme/shop/Build (eu-west-1, 1) (codepipeline:eu-west-1:1:nightly.yml)"#]],
        );
    }

    #[track_caller]
    fn check_build(tile: &Tile, expect: &str) {
        let project = projects(std::slice::from_ref(tile), Names::Full).remove(0);
        let value = |name: &str| project.get(name).map_or("-", String::as_str);
        let words = ["activity", "lastBuildStatus", "lastBuildLabel", "lastBuildTime"].map(value);
        assert_eq!(words.join(" "), expect);
    }

    #[test]
    fn status_label_and_time_are_of_the_last_run_with_a_verdict() {
        use Status::{Failed, Started, Stopped, Succeeded, Unknown, Waiting};
        const OF_42: &str = "42 2026-11-23T09:18:02Z";
        const OF_41: &str = "41 2026-11-22T17:03:44Z";
        const NONE: &str = "Unknown - 1970-01-01T00:00:00Z";
        check_build(&of(&[Succeeded]), &format!("Sleeping Success {OF_42}"));
        check_build(&of(&[Succeeded, Failed]), &format!("Sleeping Failure {OF_42}"));
        check_build(&of(&[Succeeded, Failed, Started]), &format!("Building Failure {OF_41}"));
        check_build(&of(&[Failed, Succeeded, Started]), &format!("Building Success {OF_41}"));
        check_build(&of(&[Failed, Succeeded, Waiting]), &format!("Building Success {OF_41}"));
        check_build(&of(&[Failed, Stopped]), &format!("Sleeping Failure {OF_41}"));
        check_build(&of(&[Succeeded, Stopped]), &format!("CheckingModifications Success {OF_41}"));
        check_build(&of(&[Succeeded, Unknown]), &format!("CheckingModifications Success {OF_41}"));
        check_build(&of(&[Started]), &format!("Building {NONE}"));
        check_build(&of(&[Stopped]), &format!("Sleeping {NONE}"));
        check_build(&of(&[Unknown]), &format!("Sleeping {NONE}"));
        check_build(&Tile { run: None, ..of(&[]) }, &format!("Sleeping {NONE}"));
    }

    #[test]
    fn a_run_that_is_queued_does_not_work_and_one_that_is_stopping_does() {
        use Status::{Started, Stopped, Succeeded};
        let passed = "Success 41 2026-11-22T17:03:44Z";
        let queued = |history: &[Status]| in_phase(of(history), Phase::Queued);
        check_build(&queued(&[Succeeded, Started]), &format!("Sleeping {passed}"));
        check_build(&queued(&[Succeeded, Started, Started]), &format!("Building {passed}"));
        check_build(
            &queued(&[Succeeded, Stopped, Started]),
            &format!("CheckingModifications {passed}"),
        );
        check_build(&queued(&[Stopped, Succeeded, Started]), &format!("Sleeping {passed}"));
        check_build(
            &in_phase(of(&[Succeeded, Started]), Phase::Stopping),
            &format!("Building {passed}"),
        );
    }

    #[test]
    fn a_run_that_was_stopped_before_it_worked_changes_nothing() {
        use Status::{Stopped, Succeeded};
        let passed = "Sleeping Success 41 2026-11-22T17:03:44Z";
        let mut unbegun = of(&[Succeeded, Stopped]);
        unbegun.history[1].seconds = None;
        check_build(&unbegun, passed);
        let stage = |status| TileStage {
            name: "Build".to_owned(),
            status,
            action: None,
            since: None,
            typical_s: None,
        };
        let unreached = Tile { stages: vec![stage(None)], ..of(&[Succeeded, Stopped]) };
        check_build(&unreached, passed);
        let reached = Tile { stages: vec![stage(Some(Stopped)), stage(None)], ..unreached };
        check_build(&reached, "CheckingModifications Success 41 2026-11-22T17:03:44Z");
    }

    #[test]
    fn a_stop_is_forgotten_when_time_passes_elsewhere() {
        let stopped = of(&[Status::Succeeded, Status::Stopped]);
        for (time, activity) in [
            ("2026-11-23T09:28:02Z", "CheckingModifications"),
            ("2026-11-23T09:28:04Z", "Sleeping"),
        ] {
            let tiles = [heartbeat(time), stopped.clone()];
            assert_eq!(projects(&tiles, Names::Full)[0]["activity"], activity);
        }
    }

    #[test]
    fn an_older_run_that_is_open_is_work() {
        use Status::{Failed, Started, Succeeded, Waiting};
        let newest = "42 2026-11-23T09:18:02Z";
        check_build(&of(&[Started, Succeeded]), &format!("Building Success {newest}"));
        check_build(&of(&[Waiting, Failed]), &format!("Building Failure {newest}"));
    }

    #[test]
    fn the_verdict_that_a_tile_names_goes_before_its_headline() {
        let ended_last = Verdict {
            status: Status::Failed,
            label: "40".to_owned(),
            ended: moment("2026-11-23T09:21:00Z"),
            author: None,
        };
        let parallel = Tile { verdict: Some(ended_last), ..of(&[Status::Succeeded]) };
        check_build(&parallel, "Sleeping Failure 40 2026-11-23T09:21:00Z");
    }

    #[test]
    fn a_run_that_has_failed_so_far_is_not_over() {
        use Status::{Failed, Succeeded};
        let open = |tile| with_run(tile, |run| run.ended = None);
        let since = Some(moment("2026-11-23T09:16:00Z"));
        let first = Tile { failing_since: since, ..of(&[Failed]) };
        check_build(&open(first), "Building Unknown - 1970-01-01T00:00:00Z");
        let verdict = of(&[Succeeded, Status::Started]).verdict;
        let second = Tile { failing_since: since, verdict, ..of(&[Succeeded, Failed]) };
        check_build(&open(second.clone()), "Building Success 41 2026-11-22T17:03:44Z");
        check_build(&Tile { verdict: None, ..second }, "Sleeping Failure 42 2026-11-23T09:18:02Z");
    }

    #[test]
    fn a_tile_of_an_older_version_says_what_it_knows() {
        use Status::{Failed, Started, Stopped, Succeeded};
        let old = |history: &[Status]| Tile { verdict: None, ..of(history) };
        let since = Some(moment("2026-11-20T09:00:00Z"));
        check_build(&old(&[Failed, Succeeded, Started]), "Building Success - 2026-11-23T09:14:02Z");
        let failing = Tile { failing_since: since, ..old(&[Succeeded, Stopped, Started]) };
        check_build(&failing, "Building Failure - 2026-11-20T09:00:00Z");
        let retried = with_run(failing, |run| run.attempt = 2);
        check_build(&retried, "Building Failure 42 2026-11-20T09:00:00Z");
    }

    #[test]
    fn a_label_is_what_people_call_the_run() {
        let change = Change { revision: Some("9f3c1e0".to_owned()), ..Change::default() };
        let known = tile("123456789012", "shop", &[Status::Succeeded]).run.unwrap();
        let numbered = TileRun { id: "id".to_owned(), ..known };
        let run = TileRun { number: None, ..numbered.clone() };
        assert_eq!(label(&numbered, Some(&change)), "42");
        assert_eq!(label(&run, Some(&change)), "9f3c1e0");
        assert_eq!(label(&run, Some(&Change::default())), "id");
        assert_eq!(label(&run, None), "id");
    }

    #[test]
    fn a_link_is_absolute_and_opens_the_wall_where_the_ci_has_no_page() {
        let link = |url: Option<&str>| {
            let tile = Tile { url: url.map(str::to_owned), ..tile("1", "a b", &[]) };
            projects(&[tile], Names::Full).remove(0)["webUrl"].clone()
        };
        let here = "https://wall.example/#p=codepipeline:eu-west-1:1:a~20b";
        assert_eq!(link(Some("https://ci.example/x")), "https://ci.example/x");
        assert_eq!(link(None), here);
        assert_eq!(link(Some("")), here);
        assert_eq!(link(Some("javascript:alert(1)")), here);
    }

    proptest! {
        #[test]
        fn any_names_give_a_well_formed_document_of_unique_names(
            names in prop::collection::vec("[ab(), -]{1,3}|\\PC{1,9}", 0..6),
            short in any::<bool>(),
        ) {
            let tiles: Vec<Tile> = (0_u8..)
                .zip(&names)
                .map(|(index, name)| tile(&index.to_string(), name, &[Status::Failed]))
                .collect();
            let style = if short { Names::Short } else { Names::Full };
            let document = document(&tiles, WALL, style);
            let elements = elements(&document).map_err(TestCaseError::fail)?;
            let unique: BTreeSet<&String> =
                elements.iter().filter_map(|(_, attributes)| attributes.get("name")).collect();
            prop_assert_eq!(unique.len(), names.len());
        }

        #[test]
        fn a_full_name_stays_when_pipelines_come(
            names in prop::collection::vec("[ab]{1,2}", 1..5),
            sources in prop::collection::vec("codepipeline|codebuild|github", 5),
        ) {
            let mut tiles: Vec<Tile> = names
                .iter()
                .zip(&sources)
                .map(|(name, source)| built_by(source, tile("1", name, &[Status::Failed])))
                .collect();
            tiles.sort_by(|one, other| one.id.cmp(&other.id));
            tiles.dedup_by(|one, other| one.id == other.id);
            let all: BTreeSet<String> =
                projects(&tiles, Names::Full).iter().map(|project| project["name"].clone()).collect();
            for tile in tiles {
                let alone = projects(&[tile], Names::Full).remove(0);
                prop_assert!(all.contains(&alone["name"]), "{:?} became another", alone["name"]);
            }
        }
    }
}
