//! What a run builds, its links, what started it.

use super::*;

#[track_caller]
fn check(events: impl IntoIterator<Item = Event>, expect: &Expect) {
    let events: Vec<Event> = events.into_iter().collect();
    let joined = pipeline(&events);
    assert_eq!(joined.to_json(), pipeline(events.iter().rev()).to_json());
    assert_eq!(joined.to_json(), stored_pipeline(&events).to_json());
    let (tile, page) = (joined.tile(), joined.page());
    assert_eq!(page.runs[0].change, tile.change);
    let line = |text: Option<&String>| text.cloned().unwrap_or_else(|| "-".to_owned());
    let change = tile.change.unwrap_or_default();
    let fields = [
        &change.message,
        &change.author,
        &change.revision,
        &change.url,
        &tile.url,
        &page.runs[0].url,
        &page.runs[0].trigger,
    ];
    expect.assert_eq(&fields.map(|field| line(field.as_ref())).join(" | "));
}

fn message(text: &str) -> Change {
    Change { message: Some(text.to_owned()), ..Change::default() }
}

fn author(text: &str) -> Change {
    Change { author: Some(text.to_owned()), ..Change::default() }
}

#[test]
fn the_most_trusted_source_wins_whatever_the_time() {
    check(
        [
            run("a1").started_at(90).with(ChangeSource::StartTrigger, message("from the start")),
            run("a1").failed_at(20).with(ChangeSource::GitTrigger, message("from Git")),
            run("a1")
                .stage("Source")
                .action("Checkout")
                .succeeded_at(50)
                .with(ChangeSource::SourceAction, message("from the action")),
        ],
        &expect!["from Git | - | - | - | - | - | -"],
    );
}

#[test]
fn of_one_source_the_newest_wins_then_the_greater_bytes() {
    let told =
        |second, text| run("a1").started_at(second).with(ChangeSource::StartTrigger, message(text));
    check([told(10, "z"), told(20, "a")], &expect!["a | - | - | - | - | - | -"]);
    check([told(10, "z"), told(10, "a")], &expect!["z | - | - | - | - | - | -"]);
}

#[test]
fn each_field_is_joined_on_its_own() {
    check(
        [
            run("a1").started_at(10).with(ChangeSource::StartTrigger, author("Ada")),
            run("a1").succeeded_at(20).with(ChangeSource::GitTrigger, message("Cap retries")),
        ],
        &expect!["Cap retries | Ada | - | - | - | - | -"],
    );
}

#[test]
fn the_newest_links_and_the_first_trigger_count() {
    check(
        [
            run("a1").started_at(10).with_links("old").triggered_by("Webhook"),
            run("a1").succeeded_at(20).with_links("new").triggered_by("StartPipelineExecution"),
        ],
        &expect!["- | - | - | - | https://ci/new | https://ci/new/run | Webhook"],
    );
}

fn fetched(revision: &str, text: &str) -> Change {
    Change { revision: Some(revision.to_owned()), ..message(text) }
}

#[test]
fn one_source_is_shown_as_a_whole_and_commits_come_before_artifacts() {
    let source = |action: &str, second, source, change| {
        run("a1").stage("Source").action(action).succeeded_at(second).with(source, change)
    };
    let image = Change { revision: Some("sha256:9f3c".to_owned()), ..Change::default() };
    let app = || source("App", 5, ChangeSource::SourceAction, fetched("aaaaaaa", "Widen it"));
    check(
        [app(), source("Image", 9, ChangeSource::Artifact, image.clone())],
        &expect!["Widen it | - | aaaaaaa | - | - | - | -"],
    );
    check(
        [
            source("Lib", 5, ChangeSource::SourceAction, fetched("bbbbbbb", "Cap it")),
            app(),
            run("a1").failed_at(20).with(
                ChangeSource::GitTrigger,
                Change { author: Some("Ada".to_owned()), ..fetched("aaaaaaa", "Widen it") },
            ),
            source("Image", 5, ChangeSource::Artifact, image),
        ],
        &expect!["Widen it | Ada | aaaaaaa | - | - | - | -"],
    );
    check(
        [app(), source("Lib", 5, ChangeSource::SourceAction, fetched("bbbbbbb", "Cap it"))],
        &expect!["Cap it | - | bbbbbbb | - | - | - | -"],
    );
}
