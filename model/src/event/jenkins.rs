//! Jenkins, as its Notification plugin tells of builds. A job is a pipeline, a build a run.
//!
//! The source is `jenkins`; the detail-type is not read. The plugin's JSON is the detail.
//!
//! - A job inside of folders is named by the path of its `url` (`job/shop/job/main/`), because its `name` alone
//!   (`main`) is not unique. A multibranch project's job has its branch's name percent-encoded, so that the `url` has it
//!   encoded twice. The pipeline's key stays as its job is named, its label is what people call it: `shop/feature/x`.
//! - Of a build `COMPLETED` and `FINALIZED` tell the same. Old versions of the plugin send no `timestamp`, and a queued
//!   build may have 0: then the envelope's time counts.
//! - Numbers begin anew where a job is made again under its name, so a run is a number with the id that the build had in
//!   the queue. Old versions of the plugin don't tell it.
//! - `UNSTABLE` is a failure, and said as such: tests failed. `NOT_BUILT` and `ABORTED` stopped.
//! - `duration` is Jenkins' own, in milliseconds. It has a pipeline's `input` steps in it.
//! - Multibranch jobs of change requests are ignored. Their names are those of the branch source's plugin: `PR-12`,
//!   `PR-12-merge` and `PR-12-head` of GitHub, Bitbucket, Gitea and SCM-Manager, `MR-12` and the like of GitLab, `TLP-PR-12`
//!   and `(12)title` of Tuleap, `34/1234/5` of Gerrit (refs/changes, change 1234, patch set 5). Those of Perforce, a review's
//!   bare number, can't be told from a branch.
//!
//! Deliberately not read: `parameters`, `log`, `notes`, culprits, artifacts.
//!
//! Sources: <https://plugins.jenkins.io/notification/>,
//! <https://github.com/jenkinsci/notification-plugin/blob/master/src/main/java/com/tikal/hudson/plugins/notification/Phase.java>,
//! <https://github.com/jenkinsci/gitlab-branch-source-plugin/blob/master/src/main/java/io/jenkins/plugins/gitlabbranchsource/GitLabSCMSource.java>,
//! <https://github.com/jenkinsci/github-branch-source-plugin/blob/master/src/main/java/org/jenkinsci/plugins/github_branch_source/PullRequestSCMHead.java>,
//! <https://github.com/jenkinsci/gerrit-code-review-plugin/blob/master/src/main/java/jenkins/plugins/gerrit/GerritSCMSource.java>,
//! <https://github.com/jenkinsci/tuleap-git-branch-source-plugin/blob/master/src/main/java/org/jenkinsci/plugins/tuleap_git_branch_source/TuleapPullRequestSCMHead.java>,
//! <https://github.com/jenkinsci/branch-api-plugin/blob/master/src/main/java/jenkins/branch/NameEncoder.java>.

use serde_json::Value;

use super::envelope::{Fields, believable_start};
use super::{
    Adapter, ChangeSource, Detail, Envelope, Event, Parsed, Rejected, State, Subject, ignored,
    told, word,
};
use crate::{Timestamp, text, tile::Change};

pub(super) const ADAPTER: Adapter = Adapter { source: SOURCE, read };

/// The envelope's source, and the first part of the pipelines' ids.
const SOURCE: &str = "jenkins";

/// Characters of a path that is a key. It is less than a name may have, and stays so: with another limit what is stored
/// under a job's own name would get a second tile.
const PATH_MAX: usize = 200;

fn read(envelope: Envelope<'_>) -> Result<Parsed, Rejected> {
    let job = envelope.detail()?;
    if job.value_if_any("build").is_none() && job.value_if_any("eventType").is_some() {
        return Ok(ignored("from another plugin of Jenkins than Notification".to_owned()));
    }
    let build = job.object("build", "detail.build")?;
    let name = full_name(job)?;
    let is_in_a_project = name.contains('/') || job.text_if_any("url").is_none();
    if is_in_a_project && is_change_request(job.name("name")?) {
        return Ok(ignored("a multibranch job of a pull request".to_owned()));
    }
    let phase = word::canonical(build.text("phase")?);
    let status = build.text_if_any("status").map(word::canonical);
    let is_over = matches!(phase.as_str(), "completed" | "finalized");
    let time = match moment(build) {
        Some(time) => time,
        None => envelope.time()?,
    };
    let pipeline = envelope.pipeline(SOURCE, &name, &job.path_of("name"))?;
    Ok(told(Event {
        pipeline_name: label(&name),
        pipeline_url: pipeline_page(build),
        run_number: build.name_or_number("number").ok(),
        run_url: build.link_if_any("full_url"),
        started: if phase == "completed" {
            start(build).and_then(|start| believable_start(start, time))
        } else {
            None
        },
        change: change(build),
        detail: if is_over { detail(build, status.as_deref()) } else { Detail::default() },
        ..Event::new(
            pipeline,
            run(build)?,
            Subject::Run,
            time,
            state(&phase, status.as_deref().unwrap_or_default()),
        )
    }))
}

/// What is known of a build that is over. Jenkins says 0 where it doesn't know how long it took.
fn detail(build: Fields<'_>, status: Option<&str>) -> Detail {
    Detail {
        error: status.filter(|status| *status == "unstable").map(str::to_uppercase),
        took_s: milliseconds(build, "duration").and_then(|ms| u64::try_from(ms / 1000).ok()),
        ..Detail::default()
    }
}

/// The build's id among all of the job, also of one that was deleted: `57.811`.
fn run(build: Fields<'_>) -> Result<String, Rejected> {
    let number = build.name_or_number("number")?;
    let queued =
        build.name_or_number("queue_id").ok().filter(|id| id.parse::<u64>().is_ok_and(|id| id > 0));
    let both = queued.map(|id| format!("{number}.{id}")).filter(|both| text::name(both).is_ok());
    Ok(both.unwrap_or(number))
}

/// The names of a job and of the folders around it, by its page's path; its own name where that tells nothing.
fn full_name(job: Fields<'_>) -> Result<String, Rejected> {
    let name = job.name("name")?;
    let segments = job
        .text_if_any("url")
        .map(|url| url.trim_end_matches('/').split('/'))
        .into_iter()
        .flatten();
    let mut names = Vec::new();
    let mut segments = segments.skip_while(|segment| *segment != "job");
    while let (Some("job"), Some(segment)) = (segments.next(), segments.next()) {
        names.push(decoded(segment));
    }
    let path = names.join("/");
    let is_that_of =
        names.last().is_some_and(|last| last == name || decoded(last) == decoded(name));
    let is_a_key = path.chars().count() <= PATH_MAX && text::name(&path).is_ok();
    Ok(if is_that_of && is_a_key { path } else { name.to_owned() })
}

/// What people call a job whose name has encoded characters in it. What was encoded on its way, too, is decoded twice.
fn label(name: &str) -> Option<String> {
    let once = decoded(name);
    let label = text::line(&decoded(&once), text::NAME_MAX)?;
    (label != name).then_some(label)
}

/// `%20` and the like as the bytes that they stand for.
fn decoded(text: &str) -> String {
    text::percent_decoded(text).unwrap_or_else(|| text.to_owned())
}

/// Whether a job is that of a change request, by the name that its project's branch source gives it.
fn is_change_request(name: &str) -> bool {
    const PREFIXES: [&str; 3] = ["PR-", "MR-", "TLP-PR-"];
    let name = decoded(name);
    let numbered = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).map(|rest| {
        rest.strip_suffix("-merge").or_else(|| rest.strip_suffix("-head")).unwrap_or(rest)
    });
    let titled = name.strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(id, _)| id);
    numbered.or(titled).is_some_and(is_number) || is_patch_set(&name)
}

/// As Gerrit names it: the last two digits of a change's number, the number, a patch set's.
fn is_patch_set(name: &str) -> bool {
    let mut numbers = name.split('/');
    match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
        (Some(end), Some(change), Some(patch_set), None) => {
            end.len() == 2
                && [end, change, patch_set].into_iter().all(is_number)
                && format!("0{change}").ends_with(end)
        }
        _ => false,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit())
}

/// The phase's own moment, in milliseconds.
fn moment(build: Fields<'_>) -> Option<Timestamp> {
    milliseconds(build, "timestamp").and_then(|ms| Timestamp::from_unix_ms(ms).ok())
}

/// The beginning of a build that is told complete: its end less what it took, which is 0 where Jenkins doesn't know.
fn start(build: Fields<'_>) -> Option<Timestamp> {
    let began = milliseconds(build, "timestamp")?.checked_sub(milliseconds(build, "duration")?)?;
    Timestamp::from_unix_ms(began).ok()
}

/// A positive whole number of milliseconds.
fn milliseconds(build: Fields<'_>, key: &str) -> Option<i64> {
    build.value_if_any(key).filter(|value| matches!(value, Value::Number(_) | Value::String(_)))?;
    build.name_or_number(key).ok()?.parse().ok().filter(|ms| *ms > 0)
}

fn state(phase: &str, status: &str) -> State {
    match (phase, status) {
        ("queued", _) => State::Queued,
        ("started", _) => State::Started,
        ("completed" | "finalized", "unstable") => State::Failed,
        ("completed" | "finalized", "not_built") => State::Canceled,
        ("completed" | "finalized", status) => match word::state(status) {
            end @ (State::Succeeded | State::Failed | State::Canceled) => end,
            _ => State::Unknown,
        },
        _ => State::Unknown,
    }
}

/// The job's page: the build's without its number.
fn pipeline_page(build: Fields<'_>) -> Option<String> {
    let (page, _) = build.text_if_any("full_url")?.trim_end_matches('/').rsplit_once('/')?;
    text::link(&format!("{page}/"))
}

fn change(build: Fields<'_>) -> Option<(ChangeSource, Change)> {
    let scm = build.object_if_any("scm", "detail.build.scm")?;
    let commit = scm.text_if_any("commit")?;
    let change = Change {
        revision: text::revision(commit),
        url: scm.text_if_any("url").and_then(|remote| text::commit_link_at(remote, commit)),
        ..Change::default()
    };
    (change != Change::default()).then_some((ChangeSource::StartTrigger, change))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{check_ignored, check_rejected, fixture, read, with};
    use super::*;

    fn build(pointer: &str, value: Value) -> Value {
        with("jenkins/build-completed-unstable", pointer, value)
    }

    #[test]
    fn phases_and_statuses() {
        let state = |phase: &str, status: Value| {
            let mut event = build("/detail/build/phase", json!(phase));
            event["detail"]["build"]["status"] = status;
            read(&event).state
        };
        assert_eq!(state("QUEUED", json!(null)), State::Queued);
        assert_eq!(state("STARTED", json!("FAILURE")), State::Started);
        for phase in ["COMPLETED", "FINALIZED"] {
            assert_eq!(state(phase, json!("SUCCESS")), State::Succeeded);
            assert_eq!(state(phase, json!("FAILURE")), State::Failed);
            assert_eq!(state(phase, json!("UNSTABLE")), State::Failed);
            assert_eq!(state(phase, json!("ABORTED")), State::Canceled);
            assert_eq!(state(phase, json!("NOT_BUILT")), State::Canceled);
            for canceled in ["aborted", "CANCELED", "Cancelled"] {
                assert_eq!(state(phase, json!(canceled)), State::Canceled);
            }
            assert_eq!(state(phase, json!("Success")), State::Succeeded);
            for unknown in [json!(null), json!("RUNNING"), json!("PENSIVE"), json!(5)] {
                assert_eq!(state(phase, unknown), State::Unknown);
            }
        }
        assert_eq!(state("Finalized", json!("FAILURE")), State::Failed);
        assert_eq!(state("NONE", json!("SUCCESS")), State::Unknown);
    }

    #[test]
    fn what_is_over_says_whether_it_is_unstable_and_how_long_it_took() {
        let detail = |phase: &str, status: &str, duration: Value| {
            let mut event = build("/detail/build/phase", json!(phase));
            event["detail"]["build"]["status"] = json!(status);
            event["detail"]["build"]["duration"] = duration;
            let Detail { error, took_s, .. } = read(&event).detail;
            (error, took_s)
        };
        let unstable = || Some("UNSTABLE".to_owned());
        assert_eq!(detail("COMPLETED", "UNSTABLE", json!(61_999)), (unstable(), Some(61)));
        assert_eq!(detail("FINALIZED", "unstable", json!("61999")), (unstable(), Some(61)));
        assert_eq!(detail("FINALIZED", "FAILURE", json!(61_999)), (None, Some(61)));
        assert_eq!(detail("STARTED", "UNSTABLE", json!(61_999)), (None, None));
        for unknown in [json!(0), json!(-1), json!(null), json!("soon"), json!([])] {
            assert_eq!(detail("COMPLETED", "SUCCESS", unknown), (None, None));
        }
    }

    #[test]
    fn a_job_is_named_with_its_folders() {
        let name = |name: &str, url: Value| {
            let mut event = build("/detail/name", json!(name));
            event["detail"]["url"] = url;
            read(&event).pipeline.name()
        };
        assert_eq!(name("asgard", json!("job/asgard/")), "asgard");
        assert_eq!(name("main", json!("job/team%20a/job/shop/job/main/")), "team a/shop/main");
        assert_eq!(name("fix%2Fx", json!("job/shop/job/fix%252Fx/")), "shop/fix%2Fx");
        assert_eq!(name("asgard", json!("jenkins/job/asgard")), "asgard");
        for broken in [
            json!(null),
            json!(5),
            json!(""),
            json!("job"),
            json!("job/other/"),
            json!("view/x/%"),
            json!("job/%E2%80%AE/job/asgard/"),
        ] {
            assert_eq!(name("asgard", broken), "asgard");
        }
    }

    #[test]
    fn a_path_is_a_key_to_200_characters() {
        let name = |folder: usize| {
            let mut event = build("/detail/name", json!("main"));
            event["detail"]["url"] = json!(format!("job/{}/job/main/", "x".repeat(folder)));
            read(&event).pipeline.name()
        };
        assert_eq!(name(195).chars().count(), 200);
        assert_eq!(name(196), "main");
    }

    #[test]
    fn people_call_a_job_by_its_decoded_name() {
        let label = |name: &str, url: &str| {
            let mut event = build("/detail/name", json!(name));
            event["detail"]["url"] = json!(url);
            let event = read(&event);
            (event.pipeline.name(), event.pipeline_name)
        };
        let with = |key: &str, label: &str| (key.to_owned(), Some(label.to_owned()));
        assert_eq!(label("main", "job/shop/job/main/"), ("shop/main".to_owned(), None));
        assert_eq!(label("fix%2Fx", "job/shop/job/fix%252Fx/"), with("shop/fix%2Fx", "shop/fix/x"));
        assert_eq!(label("fix%2Fx", ""), with("fix%2Fx", "fix/x"));
        assert_eq!(label("fix%252Fx", "job/a/job/fix%25252Fx/"), with("a/fix%252Fx", "a/fix/x"));
        assert_eq!(label("%C3%A9t%C3%A9", ""), with("%C3%A9t%C3%A9", "été"));
        assert_eq!(label("50%", ""), ("50%".to_owned(), None));
        assert_eq!(label("a%E2%80%AEb", ""), with("a%E2%80%AEb", "ab"));
        assert_eq!(label("%00", ""), ("%00".to_owned(), None));
    }

    #[test]
    fn change_requests_are_ignored() {
        let named = |name: &str, url: Value| {
            let mut event = build("/detail/name", json!(name));
            event["detail"]["url"] = url;
            event
        };
        for last in [
            "PR-12",
            "PR-12-merge",
            "PR-12-head",
            "MR-12",
            "MR-12-merge",
            "MR-12-head",
            "TLP-PR-12",
            "(12)Cap%20retries",
            "34%2F1234%2F5",
            "07%2F7%2F1",
        ] {
            let url = format!("job/acme/job/shop/job/{}/", last.replace('%', "%25"));
            for event in [named(last, json!(url)), named(last, json!(null))] {
                check_ignored(&event, "a multibranch job of a pull request");
            }
        }
        for last in
            ["PR-review", "MR-", "MR-12-squash", "XMR-12", "12", "33%2F1234%2F5", "4%2F4%2F4", "()"]
        {
            let url = format!("job/shop/job/{}/", last.replace('%', "%25"));
            assert_eq!(read(&named(last, json!(url))).pipeline.name(), format!("shop/{last}"));
        }
        let alone = named("MR-12", json!("job/MR-12/"));
        assert_eq!(read(&alone).pipeline.name(), "MR-12");
    }

    #[test]
    fn a_phases_moment_is_its_own_or_else_the_envelopes() {
        let time =
            |timestamp: Value| read(&build("/detail/build/timestamp", timestamp)).time.to_string();
        assert_eq!(time(json!(1_795_425_642_120_i64)), "2026-11-23T09:20:42.120Z");
        assert_eq!(time(json!("1795425642120")), "2026-11-23T09:20:42.120Z");
        assert_eq!(time(json!(1_795_425_642_120.0)), "2026-11-23T09:20:42.120Z");
        for none in [json!(null), json!(0), json!(-5), json!(1e300), json!("soon"), json!([])] {
            assert_eq!(time(none), "2026-11-23T12:00:00Z");
        }
        let event = read(&fixture("jenkins/build-completed-unstable"));
        assert_eq!(
            event.started.map(|start| start.to_string()).as_deref(),
            Some("2026-11-23T09:14:02.120Z")
        );
        assert_eq!(read(&build("/detail/build/duration", json!(0))).started, None);
        assert_eq!(read(&build("/detail/build/phase", json!("FINALIZED"))).started, None);
    }

    #[test]
    fn a_build_whose_number_comes_again_is_another_run() {
        let run = |queued: Value| read(&build("/detail/build/queue_id", queued)).run;
        assert_eq!(run(json!(811)), "57.811");
        assert_eq!(run(json!("811")), "57.811");
        for none in
            [json!(null), json!(0), json!(-1), json!(1.5), json!("soon"), json!("9".repeat(200))]
        {
            assert_eq!(run(none), "57");
        }
    }

    #[test]
    fn other_plugins_are_ignored() {
        let event = json!({"source": "jenkins", "detail-type": "x", "detail": {"jobName": "x", "eventType": "completed"}});
        check_ignored(&event, "from another plugin of Jenkins than Notification");
    }

    #[test]
    fn what_is_broken_is_rejected_by_path() {
        check_rejected(&build("/detail/name", json!(null)), "detail.name: missing");
        check_rejected(&build("/detail/build", json!(null)), "detail.build: missing");
        check_rejected(&build("/detail/build/number", json!(null)), "detail.build.number: missing");
        check_rejected(
            &build("/detail/build/number", json!(1.5)),
            "detail.build.number: not a whole number",
        );
        check_rejected(&build("/detail/build/phase", json!(7)), "detail.build.phase: not a text");
    }

    #[test]
    fn what_is_optional_and_broken_counts_as_absent() {
        for key in ["scm", "full_url", "duration", "parameters", "log", "queue_id"] {
            for broken in [
                json!(null),
                json!(5),
                json!([]),
                json!({"commit": 1}),
                json!("http://jenkins.example/"),
            ] {
                assert_eq!(
                    read(&build(&format!("/detail/build/{key}"), broken)).state,
                    State::Failed
                );
            }
        }
    }
}
