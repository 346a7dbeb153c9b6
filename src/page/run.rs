//! One run in full: where it came from, and its stages and actions where they stand in it.

use model::{
    Status, Timestamp,
    page::{PageAction, PageRun},
};

use super::{
    read::Page,
    timeline::place,
    view::link,
    words::{error, origin, part},
};
use crate::{
    screen,
    state::State,
    view::{
        mark::{mark, person},
        node::{Node, element, paragraph, text},
    },
};

/// All that is known of a run.
pub fn in_full(page: &Page, run: &PageRun, now: Timestamp) -> Node {
    let span = (run.started, run.ended.unwrap_or(now).max(run.started));
    let change = run.change.clone().unwrap_or_default();
    let mut stages = element("ul");
    for stage in &run.stages {
        let head = Part { name: &stage.name, status: stage.status, started: stage.started, ended: stage.ended };
        let mut actions = element("ul");
        for action in &stage.actions {
            actions = actions.child(action_line(page, run, action, span, now));
        }
        stages = stages.child(element("li").child(head.line("stage", "", span, now)).child(actions));
    }
    let sign = change.author.is_some().then(person);
    let who = [change.author, change.revision].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let commit = change.url.map(|url| link(url, "Commit"));
    let links = element("p")
        .with("class", "links")
        .child_if((!who.is_empty()).then(|| element("strong").child_if(sign).child(text(who))))
        .child(element("span").child(text(origin(run, &screen::time_of_day(run.started), now))))
        .child_if(commit)
        .child_if(run.url.clone().map(|url| link(url, "Run in the console")));
    element("div")
        .with("class", "full")
        .child(links)
        .child_if((run.stages.is_empty()).then(|| paragraph("none", "No stage of it was heard of.".to_owned())))
        .child(stages)
}

fn action_line(page: &Page, run: &PageRun, action: &PageAction, span: (Timestamp, Timestamp), now: Timestamp) -> Node {
    let line = Part { name: &action.name, status: action.status, started: action.started, ended: action.ended };
    let is_bad = action.status == Status::Failed;
    let said = error(action).map(|words| paragraph(if is_bad { "error" } else { "said" }, words));
    // A log is where it is looked for; who is waited for is told where to go.
    let (url, words) = match action.status {
        Status::Waiting => (action.url.clone().or_else(|| run.url.clone()).or_else(|| page.url.clone()), "Approve in the console"),
        _ => (action.url.clone(), "Log"),
    };
    let kind = action.kind.as_deref().unwrap_or_default();
    element("li").child(line.line("action", kind, span, now).child_if(url.map(|url| link(url, words)))).child_if(said)
}

/// A stage or an action.
struct Part<'a> {
    name: &'a str,
    status: Status,
    started: Option<Timestamp>,
    ended: Option<Timestamp>,
}

impl Part<'_> {
    /// Its shape, name, length and bar.
    fn line(&self, class: &'static str, kind: &str, span: (Timestamp, Timestamp), now: Timestamp) -> Node {
        let state = State::from(self.status);
        let bar = self.started.map(|started| {
            let end = self.ended.or_else(|| matches!(state, State::Running | State::Waiting).then_some(now));
            let (left, width) = place(span, (started, end.unwrap_or(started)));
            element("span").with("data-bar", state.name()).styled(["left:", &left, ";width:", &width].concat())
        });
        element("div")
            .with("class", class)
            .with("data-status", state.name())
            .child(mark(state))
            .child(
                element("span")
                    .child(element("strong").child(text(self.name.to_owned())))
                    .child(element("small").child(text(kind.to_owned()))),
            )
            .child(element("span").with("class", "took").child(text(part(self.status, self.started, self.ended, now))))
            .child(element("span").with("class", "track").child_if(bar))
    }
}
