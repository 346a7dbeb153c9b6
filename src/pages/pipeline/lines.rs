//! What the page shows, line by line: pure functions of the API's answer and the time.

use model::{
    Page, Status, Timestamp,
    page::{PageAction, PageRun, PageStage},
};

use super::{
    phrases,
    timeline::{Bar, Extent, Scale, Timing, bars, extent, percent},
};
use crate::{phrases::time::exact, status::TileStatus};

/// What is known about the pipeline itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub status: TileStatus,
    pub name: String,
    pub headline: String,
    pub console: Option<String>,
    pub notes: Vec<String>,
}

impl Head {
    pub fn new(page: &Page, scale: Scale, now: Timestamp) -> Self {
        Self {
            status: page.status.into(),
            name: page.name.clone(),
            headline: phrases::headline(page, scale.usual_s, now),
            console: page.url.clone(),
            notes: phrases::notes(page, now),
        }
    }
}

/// A run on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunLine {
    pub status: TileStatus,
    pub when: String,
    pub title: String,
    /// What is wrong with it, or who made it.
    pub subtitle: String,
    /// Whether the subtitle is about something that needs attention.
    pub needs_attention: bool,
    pub bars: Vec<BarLine>,
    pub length: Option<String>,
}

/// A bar of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarLine {
    pub status: TileStatus,
    pub label: Option<String>,
    pub tooltip: String,
    /// A CSS percentage.
    pub width: String,
    pub is_cut: bool,
}

impl RunLine {
    pub fn new(run: &PageRun, scale: Scale, now: Timestamp) -> Self {
        let trouble = phrases::trouble(run, now);
        let bar = |bar: Bar| BarLine {
            status: bar.status.into(),
            tooltip: phrases::tooltip(&bar),
            width: percent(bar.drawn_s, scale.width_s),
            is_cut: bar.drawn_s < bar.length_s,
            label: bar.has_room(scale).then_some(bar.name),
        };
        Self {
            status: run.status.into(),
            when: phrases::when(run, now),
            title: phrases::title(run),
            needs_attention: trouble.is_some() && run.status != Status::Stopped,
            subtitle: trouble.unwrap_or_else(|| phrases::source(run)),
            bars: bars(run, scale.cut_s, now).into_iter().map(bar).collect(),
            length: Timing::from(run).seconds(now).map(exact),
        }
    }
}

/// A run in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDetails {
    pub commit: Option<String>,
    pub has_author: bool,
    /// How it came about.
    pub origin: String,
    pub commit_url: Option<String>,
    pub console: Option<String>,
    pub stages: Vec<PartLine>,
}

/// A stage or an action on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartLine {
    pub status: TileStatus,
    pub name: String,
    /// The kind of action, in the CI's words.
    pub kind: String,
    pub length: String,
    /// Where it was within its run; `None` if its start is unknown.
    pub extent: Option<Extent>,
    /// A label and an address.
    pub link: Option<(&'static str, String)>,
    /// What the CI says about its result; may be empty.
    pub result: String,
    pub actions: Vec<PartLine>,
}

impl RunDetails {
    /// `page_url` is the pipeline in its CI's console.
    pub fn new(
        run: &PageRun,
        page_url: Option<&String>,
        now: Timestamp,
        time_of_day: fn(Timestamp) -> String,
    ) -> Self {
        let console = run.url.as_ref().or(page_url);
        let part = |name: &String, timing: Timing| PartLine {
            status: timing.status.into(),
            name: name.clone(),
            kind: String::new(),
            length: phrases::lasted(timing, now),
            extent: extent(run.into(), timing, now),
            link: None,
            result: String::new(),
            actions: Vec::new(),
        };
        let action = |action: &PageAction| PartLine {
            kind: action.kind.clone().unwrap_or_default(),
            link: link(action, console),
            result: phrases::result(action),
            ..part(&action.name, action.into())
        };
        let stage = |stage: &PageStage| PartLine {
            actions: stage.actions.iter().map(action).collect(),
            ..part(&stage.name, stage.into())
        };
        let change = run.change.as_ref();
        Self {
            commit: phrases::commit(run),
            has_author: change.is_some_and(|change| change.author.is_some()),
            origin: phrases::origin(run, &time_of_day(run.started), now),
            commit_url: change.and_then(|change| change.url.clone()),
            console: run.url.clone(),
            stages: run.stages.iter().map(stage).collect(),
        }
    }
}

/// Where to approve an action, or where its log is.
fn link(action: &PageAction, console: Option<&String>) -> Option<(&'static str, String)> {
    match action.status {
        Status::Waiting => {
            Some(("Approve in the console", action.url.as_ref().or(console)?.clone()))
        }
        _ => Some(("Log", action.url.clone()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::pipeline::testing::{action, at, run};

    #[test]
    fn an_action_links_to_its_log_or_to_where_it_is_approved() {
        let [own, console] = ["https://ci/1", "https://ci"].map(str::to_owned);
        for (status, url, console, expect) in [
            (Status::Failed, Some(&own), Some(&console), Some(("Log", own.clone()))),
            (Status::Failed, None, Some(&console), None),
            (Status::Waiting, Some(&own), None, Some(("Approve in the console", own.clone()))),
            (
                Status::Waiting,
                None,
                Some(&console),
                Some(("Approve in the console", console.clone())),
            ),
            (Status::Waiting, None, None, None),
        ] {
            let action = PageAction { url: url.cloned(), ..action(status) };
            assert_eq!(link(&action, console), expect);
        }
    }

    #[test]
    fn a_line_needs_attention_while_something_is_wrong() {
        for (run, expect) in [
            (run("1", 0).stage("Build", 9).passed(), false),
            (run("2", 0).stage("Build", 9).failed(), true),
            (run("3", 0).waiting("Prod"), true),
            (run("4", 0).ended(Status::Stopped), false),
        ] {
            let line = RunLine::new(&run, Scale::default(), at(10));
            assert_eq!(line.needs_attention, expect, "{}", line.subtitle);
        }
    }
}
