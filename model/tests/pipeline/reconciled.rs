//! What the CI's API says beside what events said: any order of both is the same, and what is known already changes nothing.

use expect_test::{Expect, expect};
use model::{
    Applied, Pipeline,
    event::Event,
    pipeline::{Presence, Review, Snapshot},
};
use proptest::prelude::*;

use crate::{
    invented::{history, sixteen_runs},
    story::{Saying, passing, pipeline, run, second_of_day, shop, told},
};

/// One thing that is taken in.
#[derive(Clone, Debug)]
enum Told {
    Event(Event),
    Api(Event),
    Missing,
}

fn take(pipeline: &mut Pipeline, told: &Told) -> Applied {
    match told {
        Told::Event(event) => pipeline.apply(event.clone()),
        Told::Api(fact) => pipeline.reconcile(api(fact)),
        Told::Missing => pipeline.review(missing()),
    }
}

fn api(fact: &Event) -> Snapshot {
    Snapshot { facts: vec![fact.clone()], ..Snapshot::default() }
}

fn missing() -> Review {
    Review { at: second_of_day(40_000), presence: Presence::Missing, retire_after_days: None }
}

fn joined<'a>(told: impl IntoIterator<Item = &'a Told>) -> Pipeline {
    let mut pipeline = Pipeline::new(shop());
    for told in told {
        let _ = take(&mut pipeline, told);
    }
    pipeline
}

/// Read and written after each, and each twice.
fn stored<'a>(told: impl IntoIterator<Item = &'a Told>) -> Pipeline {
    let mut pipeline = Pipeline::new(shop());
    for told in told {
        let _ = take(&mut pipeline, told);
        let _ = pipeline.tile();
        let before = pipeline.to_json();
        pipeline = Pipeline::from_json(&before).unwrap();
        assert_eq!(pipeline.to_json(), before, "a document comes back to the byte");
        assert_ne!(take(&mut pipeline, told), Applied::Changed, "told twice: {told:?}");
        assert_eq!(pipeline.to_json(), before);
    }
    pipeline
}

/// Events and facts of the API, in two orders.
fn both(
    events: impl Strategy<Value = Vec<Event>>,
    facts: impl Strategy<Value = Vec<Event>>,
) -> impl Strategy<Value = (Vec<Told>, Vec<Told>)> {
    (events, facts).prop_flat_map(|(events, facts)| {
        let mut told: Vec<Told> = events.into_iter().map(Told::Event).collect();
        told.extend(facts.into_iter().map(|fact| Told::Api(Event { attempt: 1, ..fact })));
        told.push(Told::Missing);
        (Just(told.clone()), Just(told).prop_shuffle())
    })
}

/// A history, and some of it as the API tells it: without attempts.
fn the_same_history() -> impl Strategy<Value = (Vec<Told>, Vec<Told>)> {
    sixteen_runs().prop_flat_map(|events| {
        let facts = prop::sample::subsequence(events.clone(), 0..=events.len().min(40));
        both(Just(events), facts)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_order_of_both_tellers_gives_the_same_document((told, shuffled) in both(history(), history())) {
        let (one, other) = (joined(&told), stored(&shuffled));
        prop_assert_eq!(String::from_utf8(one.to_json()), String::from_utf8(other.to_json()));
        prop_assert_eq!(one.tile(), other.tile());
        prop_assert_eq!(one.page(), other.page());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_order_of_one_history_told_twice_gives_the_same_document((told, shuffled) in the_same_history()) {
        prop_assert_eq!(String::from_utf8(joined(&told).to_json()), String::from_utf8(joined(&shuffled).to_json()));
    }

    #[test]
    fn what_events_said_already_changes_nothing(events in sixteen_runs()) {
        let mut known = pipeline(&events);
        let before = known.to_json();
        for event in &events {
            // Of a run's start the API knows more than events that were lost or never told it.
            let fact = Event { started: None, change: None, trigger: None, run_url: None, attempt: 1, ..event.clone() };
            prop_assert_ne!(known.reconcile(api(&fact)), Applied::Changed, "{:?}", fact);
        }
        prop_assert_eq!(known.to_json(), before);
    }

    #[test]
    fn a_standing_of_old_leaves_the_wall_as_the_news_are(events in sixteen_runs()) {
        let mut known = pipeline(&events);
        let at = second_of_day(40_000 + 30 * 86_400);
        let quiet = Review { at, presence: Presence::Listed, retire_after_days: Some(30) };
        let _ = known.review(quiet);
        prop_assert_eq!(known.is_on_the_wall(), events.is_empty());
        let _ = known.apply(run("new").started_at(40_000 + 31 * 86_400));
        prop_assert!(known.is_on_the_wall());
    }
}

/// Events, then what the API says, told in this order and backwards.
#[track_caller]
fn check(events: &[Event], facts: &[Event], expect: &Expect) {
    let told: Vec<Told> = events
        .iter()
        .cloned()
        .map(Told::Event)
        .chain(facts.iter().cloned().map(Told::Api))
        .collect();
    let known = joined(&told);
    assert_eq!(known.to_json(), stored(told.iter().rev()).to_json(), "told backwards");
    expect.assert_eq(&self::told(&known.tile()));
}

fn without_the_last(mut events: Vec<Event>) -> Vec<Event> {
    events.pop();
    events
}

#[test]
fn a_lost_end_is_repaired() {
    check(
        &without_the_last(passing("a1", 0, &["Source", "Prod"])),
        &[run("a1").succeeded_at(21).begun_at(0)],
        &expect![[r#"
            shop Succeeded in Prod
            Source Succeeded ~10 s > Prod Succeeded ~10 s
            run a1, 0..21, updated 21, typically 21 s"#]],
    );
}

#[test]
fn a_lost_end_of_a_second_attempt_is_repaired() {
    let deploy = || run("a1").stage("Prod");
    check(
        &[
            run("a1").started_at(0),
            deploy().failed_at(20),
            run("a1").failed_at(20),
            run("a1").attempt(2).resumed_at(40),
            deploy().attempt(2).resumed_at(40),
        ],
        &[run("a1").succeeded_at(60).begun_at(0), deploy().succeeded_at(59)],
        &expect![[r#"
            shop Succeeded in Prod
            Prod Succeeded ~19 s
            run a1, attempt 2, 0..60, updated 60"#]],
    );
}

#[test]
fn a_lost_retry_is_repaired() {
    let prod = || run("a1").stage("Prod");
    check(
        &[
            run("a1").started_at(0),
            prod().action("Deploy").failed_at(20),
            prod().failed_at(20),
            run("a1").failed_at(20),
        ],
        &[
            run("a1").resumed_at(40).begun_at(0),
            prod().resumed_at(40),
            prod().action("Deploy").started_at(40),
        ],
        &expect![[r#"
            shop Started in Prod, failing since 20
            Prod Started (Deploy) since 40
            run a1, 0.., updated 40"#]],
    );
}

#[test]
fn a_late_event_takes_the_place_of_what_the_api_said() {
    let mut known = pipeline(&passing("a1", 0, &["Prod"]));
    let before = known.to_json();
    let mut other = pipeline(&without_the_last(passing("a1", 0, &["Prod"])));
    assert_eq!(other.reconcile(api(&run("a1").succeeded_at(10))), Applied::Changed);
    assert_eq!(other.apply(run("a1").succeeded_at(10)), Applied::Changed);
    assert_eq!(String::from_utf8(other.to_json()), String::from_utf8(before));
    assert_eq!(known.reconcile(api(&run("a1").succeeded_at(10))), Applied::Stale);
}

#[test]
fn runs_that_no_event_told_of_are_history() {
    let facts: Vec<Event> = (1..=12)
        .map(|number| {
            run(&format!("a{number:02}")).succeeded_at(number * 100 + 30).begun_at(number * 100)
        })
        .collect();
    check(
        &passing("a13", 1300, &["Source", "Prod"]),
        &facts,
        &expect![[r#"
            shop Succeeded in Prod
            Source Succeeded ~10 s > Prod Succeeded ~10 s
            run a13, 1300..1320, updated 1320, typically 30 s
            history Succeeded 30 s, Succeeded 30 s, Succeeded 30 s, Succeeded 30 s, Succeeded 30 s, Succeeded 30 s, Succeeded 30 s, Succeeded 30 s, Succeeded 30 s, Succeeded 20 s"#]],
    );
}
