//! Everything that a pipeline's page says in words: pure functions with tables of cases.

use model::{
    Page, Status, Timestamp,
    page::{PageAction, PageOff, PageRun},
    tile::{Change, Phase},
};

use super::timeline::{Bar, Timing};
use crate::{
    api::ApiError,
    feed::{Feed, Health},
    phrases::{
        feed::reason,
        tile::{approval, failed, failed_as_a_whole, failing_for, plain},
        time::{ago, exact, long},
    },
    status::TileStatus,
};

/// The run that the pipeline's status is about.
pub fn headline_run(page: &Page) -> Option<&PageRun> {
    page.runs.iter().find(|run| run.status == page.status).or_else(|| page.runs.first())
}

/// What happens. `usual_s` is how long a run usually takes.
pub fn headline(page: &Page, usual_s: Option<u64>, now: Timestamp) -> String {
    let failing = page.failing_since.map(|since| failing_for(since, now, long));
    let status = TileStatus::from(page.status).name();
    let sentence = match (page.status, headline_run(page)) {
        (Status::Failed, _) if failing.is_some() => None,
        (Status::Failed, _) | (_, None) => Some(status.to_owned()),
        (Status::Waiting | Status::Started, Some(run)) => {
            Some(trouble(run, now).unwrap_or_else(|| progress(run, now)))
        }
        (_, Some(run)) => {
            let age_s = now.seconds_since(run.ended.unwrap_or(run.started));
            Some(format!("{status} {}", ago(age_s)))
        }
    };
    let usual = usual_s.map(|usual_s| format!("usually takes {}", exact(usual_s)));
    join(" · ", [sentence, failing, usual])
}

/// That the pipeline is deleted, and which of its stages are switched off.
pub fn notes(page: &Page, now: Timestamp) -> Vec<String> {
    let deleted = page.gone.map(|gone| format!("deleted {}", ago(now.seconds_since(gone))));
    let off = page.off.iter().map(|PageOff { stage, since, reason }| {
        let age = long(now.seconds_since(*since));
        join(": ", [Some(format!("{stage} is switched off for {age}")), reason.clone()])
    });
    deleted.into_iter().chain(off).collect()
}

/// The number and the commit message of a run.
pub fn title(run: &PageRun) -> String {
    let number = run.number.as_ref().map(|number| format!("#{number}"));
    let message = run.change.as_ref().and_then(|change| change.message.clone());
    join(" ", [number, message.or_else(|| Some("no commit message".to_owned()))])
}

/// What a run was made of, and what the CI calls its end.
pub fn source(run: &PageRun) -> String {
    join(" · ", [commit(run), run.trigger.clone(), run.error.clone()])
}

/// The author and the revision, as far as they are known.
pub fn commit(run: &PageRun) -> Option<String> {
    let Change { author, revision, .. } = run.change.clone()?;
    Some(join(" · ", [author, revision])).filter(|commit| !commit.is_empty())
}

/// What is wrong with a run, or what it waits for.
pub fn trouble(run: &PageRun, now: Timestamp) -> Option<String> {
    let words = match run.status {
        Status::Failed => return failure(run),
        Status::Waiting => {
            let stage = run.stages.iter().rfind(|stage| stage.status == Status::Waiting)?;
            let action = stage.actions.iter().find(|action| action.status == Status::Waiting);
            let since = action.and_then(|action| action.started).or(stage.started);
            return Some(plain(&approval(Some(&stage.name), since, now)));
        }
        Status::Stopped if run.superseded => "superseded by a newer run",
        Status::Stopped if run.skipped => "skipped",
        Status::Stopped => "stopped",
        Status::Unknown => "in an unknown state",
        Status::Started | Status::Succeeded => return None,
    };
    Some(join(": ", [Some(words.to_owned()), run.error.clone()]))
}

fn failure(run: &PageRun) -> Option<String> {
    let stage = run.stages.iter().rfind(|stage| stage.status == Status::Failed);
    let error = run.error.as_deref();
    let Some(stage) = stage else { return error.map(|_| failed_as_a_whole(error).to_owned()) };
    let action = stage.actions.iter().find(|action| action.status == Status::Failed);
    let names = join(", ", [Some(&stage.name), action.map(|action| &action.name)]);
    Some(format!("{names} {}", failed(error)))
}

/// The error code of an action and the CI's words about it; may be empty.
pub fn result(action: &PageAction) -> String {
    join(": ", [action.error.as_ref(), action.summary.as_ref()])
}

fn phase(run: &PageRun) -> &'static str {
    match run.phase {
        Some(Phase::Queued) => "queued",
        Some(Phase::Stopping) => "stopping",
        Some(Phase::Other) | None => "running",
    }
}

fn progress(run: &PageRun, now: Timestamp) -> String {
    let length = Timing::from(run).seconds(now).map(|length_s| format!("for {}", exact(length_s)));
    join(" ", [Some(phase(run).to_owned()), length])
}

/// When a run was.
pub fn when(run: &PageRun, now: Timestamp) -> String {
    match (run.ended, run.status) {
        (Some(ended), _) => ago(now.seconds_since(ended)),
        (None, Status::Waiting) => "waiting".to_owned(),
        (None, _) => phase(run).to_owned(),
    }
}

/// What a bar stands for.
pub fn tooltip(bar: &Bar) -> String {
    let status = TileStatus::from(bar.status).name();
    format!("{} {status}, {}", bar.name, exact(bar.length_s)).trim_start().to_owned()
}

/// How a stage or action ended and after how long: "failed after 20 s".
pub fn lasted(part: Timing, now: Timestamp) -> String {
    let Some(length_s) = part.seconds(now) else {
        return TileStatus::from(part.status).name().to_owned();
    };
    let verb = match part.status {
        Status::Succeeded => "took",
        Status::Failed => "failed after",
        Status::Waiting => "waits for",
        Status::Started => "running for",
        Status::Stopped => "stopped after",
        Status::Unknown => "unknown after",
    };
    format!("{verb} {}", exact(length_s))
}

/// How a run came about: "started 2 h ago, at 14:02 by Webhook · attempt 2".
pub fn origin(run: &PageRun, time_of_day: &str, now: Timestamp) -> String {
    let started = format!("started {}, at {time_of_day}", ago(now.seconds_since(run.started)));
    let trigger = run.trigger.as_ref().map(|trigger| format!("by {trigger}"));
    let attempt = (run.attempt > 1).then(|| format!("attempt {}", run.attempt));
    join(" · ", [Some(join(" ", [Some(started), trigger])), attempt])
}

/// What must be read before the page is trusted; empty while everything is fine.
pub fn warning(health: &Health, now: Option<Timestamp>, poll_s: u16) -> String {
    let what = match (health.judge(now, poll_s), health.made) {
        _ if health.error == Some(ApiError::Status(404)) => {
            return "There is no such pipeline, or it was deleted.".to_owned();
        }
        (Feed::Loading, _) => return "Loading its runs …".to_owned(),
        (Feed::Late { since } | Feed::Stale { since }, _) => {
            format!("is {} old", long(now.map_or(0, |now| now.seconds_since(since))))
        }
        (Feed::Failed(_), _) => "can't be shown".to_owned(),
        (Feed::Live, _) => return String::new(),
    };
    let reason = health.error.map_or_else(|| "the server sends old data".to_owned(), reason);
    format!("This page {what}: {reason}. It retries automatically.")
}

/// Joins the parts that are there.
fn join<T: AsRef<str>>(separator: &str, parts: impl IntoIterator<Item = Option<T>>) -> String {
    let mut joined = String::new();
    for part in parts.into_iter().flatten() {
        if !joined.is_empty() {
            joined.push_str(separator);
        }
        joined.push_str(part.as_ref());
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::pipeline::testing::{action, at, page, run};

    const NOW_S: i64 = 100_000;

    fn ago(seconds: i64) -> Timestamp {
        at(NOW_S - seconds)
    }

    #[track_caller]
    fn check_headline(page: &Page, usual_s: Option<u64>, expect: &str) {
        assert_eq!(headline(page, usual_s, at(NOW_S)), expect);
    }

    #[test]
    fn the_headline_is_about_the_run_that_the_status_is_about() {
        let passed = run("1", NOW_S - 1300).after(100).passed();
        let failed = run("2", NOW_S - 1300).stage("Prod", 100).failed();
        let waiting = run("3", NOW_S - 420).waiting("Prod");
        let running = run("4", NOW_S - 65).running("Test");
        let queued = PageRun { phase: Some(Phase::Queued), ..running.clone() };
        let stopped = run("5", NOW_S - 90).ended(Status::Stopped);
        let failing = |page| Page { failing_since: Some(ago(7800)), ..page };
        let passed = page(Status::Succeeded, &[passed]);
        check_headline(&passed, Some(100), "passed 20 min ago · usually takes 1 min 40 s");
        let page_of_failed = page(Status::Failed, std::slice::from_ref(&failed));
        check_headline(&page_of_failed, None, "failed");
        check_headline(&failing(page_of_failed), None, "failing for 2 h 10 min");
        let waiting = page(Status::Waiting, &[running.clone(), waiting]);
        check_headline(&waiting, None, "waits for approval in Prod for 7 min");
        let again = failing(page(Status::Started, &[running, failed]));
        let expect = "running for 1 min 5 s · failing for 2 h 10 min · usually takes 1 min 1 s";
        check_headline(&again, Some(61), expect);
        check_headline(&page(Status::Started, &[queued]), None, "queued for 1 min 5 s");
        check_headline(&page(Status::Stopped, &[stopped]), None, "stopped 1 min ago");
        check_headline(&page(Status::Unknown, &[]), None, "unknown");
    }

    #[test]
    fn notes_say_what_is_deleted_or_switched_off() {
        let mut page = page(Status::Succeeded, &[]);
        assert_eq!(notes(&page, at(NOW_S)), [""; 0]);
        page.gone = Some(ago(7800));
        page.off = [("Prod", Some("it is Friday")), ("Test", None)]
            .map(|(stage, reason)| PageOff {
                stage: stage.into(),
                since: ago(60),
                reason: reason.map(str::to_owned),
            })
            .into();
        let off =
            ["Prod is switched off for 1 min: it is Friday", "Test is switched off for 1 min"];
        assert_eq!(notes(&page, at(NOW_S)), ["deleted 2 h ago", off[0], off[1]]);
    }

    #[track_caller]
    fn check_trouble(run: &PageRun, expect: &str) {
        assert_eq!(trouble(run, at(NOW_S)).unwrap_or_default(), expect);
    }

    #[test]
    fn a_run_says_what_is_wrong_with_it() {
        let with_error = |error: &str, run| PageRun { error: Some(error.to_owned()), ..run };
        let failed = || run("2", 0).stage("Build", 9).stage("Prod", 9).failed();
        let stopped = || run("3", 0).ended(Status::Stopped);
        check_trouble(&run("1", 0).stage("Build", 9).passed(), "");
        check_trouble(&run("1", 0).running("Test"), "");
        check_trouble(&failed(), "Prod, Deploy failed");
        check_trouble(&with_error("UNSTABLE", failed()), "Prod, Deploy unstable");
        check_trouble(&run("1", 0).failed(), "");
        check_trouble(&with_error("UNSTABLE", run("1", 0).failed()), "unstable: tests failed");
        let waiting = run("1", NOW_S - 70).waiting("Prod");
        check_trouble(&waiting, "waits for approval in Prod for 1 min");
        check_trouble(&stopped(), "stopped");
        check_trouble(&with_error("timed out", stopped()), "stopped: timed out");
        let superseded = PageRun { superseded: true, ..stopped() };
        check_trouble(&superseded, "superseded by a newer run");
        check_trouble(&PageRun { skipped: true, ..stopped() }, "skipped");
        check_trouble(&run("1", 0).ended(Status::Unknown), "in an unknown state");
    }

    #[test]
    fn a_run_has_a_title_and_a_source() {
        let mut run = run("1", 0).passed();
        let describe = |run: &PageRun| format!("{} | {}", title(run), source(run));
        assert_eq!(describe(&run), "no commit message | ");
        (run.number, run.trigger) = (Some("42".to_owned()), Some("Webhook".to_owned()));
        assert_eq!(describe(&run), "#42 no commit message | Webhook");
        let [message, author, revision] =
            ["Cap retries", "Ada", "9f3c1e0"].map(|text| Some(text.to_owned()));
        run.change = Some(Change { message, author, revision, url: None });
        run.error = Some("neutral".to_owned());
        assert_eq!(describe(&run), "#42 Cap retries | Ada · 9f3c1e0 · Webhook · neutral");
        run.change = Some(Change::default());
        assert_eq!(commit(&run), None);
    }

    #[test]
    fn a_part_says_how_it_ended_and_after_how_long() {
        let (start, end) = (Some(ago(90)), Some(ago(60)));
        for (status, started, ended, expect) in [
            (Status::Succeeded, start, end, "took 30 s"),
            (Status::Failed, start, end, "failed after 30 s"),
            (Status::Stopped, start, end, "stopped after 30 s"),
            (Status::Unknown, start, end, "unknown after 30 s"),
            (Status::Started, start, None, "running for 1 min 30 s"),
            (Status::Waiting, start, None, "waits for 1 min 30 s"),
            (Status::Succeeded, start, None, "passed"),
            (Status::Failed, None, end, "failed"),
            (Status::Unknown, None, None, "unknown"),
        ] {
            let timing = Timing { status, started, ended, took_s: None };
            assert_eq!(lasted(timing, at(NOW_S)), expect);
        }
    }

    #[test]
    fn a_run_says_when_it_was_and_how_it_came_about() {
        let mut ended = run("1", NOW_S - 700).after(100).passed();
        assert_eq!(when(&ended, at(NOW_S)), "10 min ago");
        let started = "started 11 min ago, at 14:02";
        assert_eq!(origin(&ended, "14:02", at(NOW_S)), started);
        (ended.attempt, ended.trigger) = (2, Some("Webhook".to_owned()));
        let expect = format!("{started} by Webhook · attempt 2");
        assert_eq!(origin(&ended, "14:02", at(NOW_S)), expect);
        let open = run("2", NOW_S).running("Test");
        for (phase, expect) in [
            (None, "running"),
            (Some(Phase::Queued), "queued"),
            (Some(Phase::Stopping), "stopping"),
            (Some(Phase::Other), "running"),
        ] {
            assert_eq!(when(&PageRun { phase, ..open.clone() }, at(NOW_S)), expect);
        }
        assert_eq!(when(&run("3", 0).waiting("Prod"), at(NOW_S)), "waiting");
    }

    #[test]
    fn a_result_is_the_error_and_the_words_about_it() {
        for (error, summary, expect) in [
            (None, None, ""),
            (None, Some("no such image"), "no such image"),
            (Some("JobFailed"), None, "JobFailed"),
            (Some("JobFailed"), Some("no such image"), "JobFailed: no such image"),
        ] {
            let [error, summary] = [error, summary].map(|text| text.map(str::to_owned));
            assert_eq!(result(&PageAction { error, summary, ..action(Status::Failed) }), expect);
        }
    }

    #[test]
    fn the_warning_says_why_there_is_no_good_answer() {
        let missing = Some(ApiError::Status(404));
        for (made_s, age_s, error, expect) in [
            (None, 0, None, "Loading its runs …"),
            (
                None,
                0,
                Some(ApiError::Key),
                "This page can't be shown: the access key is missing or wrong. It retries automatically.",
            ),
            (Some(0), 1, Some(ApiError::Key), ""),
            (
                Some(0),
                90,
                Some(ApiError::Status(502)),
                "This page is 1 min old: the server reports an error (502). It retries automatically.",
            ),
            (
                Some(0),
                90,
                None,
                "This page is 1 min old: the server sends old data. It retries automatically.",
            ),
            (None, 0, missing, "There is no such pipeline, or it was deleted."),
            (Some(0), 1, missing, "There is no such pipeline, or it was deleted."),
        ] {
            let health = Health { made: made_s.map(at), error, ..Health::default() };
            assert_eq!(warning(&health, Some(at(age_s)), 5), expect);
        }
    }
}
