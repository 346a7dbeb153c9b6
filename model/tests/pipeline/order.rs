//! The promise: no order, duplication or batching of events can be told from another.

use model::{
    Pipeline, Status,
    event::{Event, State},
};
use proptest::prelude::*;

use crate::{
    invented::{
        history, many_jobs, retold, runs_behind_waiting_ones, several_sources, sixteen_runs,
        sixty_runs,
    },
    story::{pipeline, shop},
};

/// Joined in this order, stored and read again after every `batch` events.
fn in_batches(events: &[Event], batch: usize) -> Pipeline {
    let id = events.first().map_or_else(shop, |event| event.pipeline.clone());
    let mut joined = Pipeline::new(id);
    for batch in events.chunks(batch) {
        for event in batch {
            let _ = joined.apply(event.clone());
        }
        joined = Pipeline::from_json(&joined.to_json()).unwrap();
    }
    joined
}

/// Joined in this order, read and written after every event, as a backend does that keeps it at hand.
fn watched(events: &[Event]) -> Pipeline {
    let mut joined = Pipeline::new(shop());
    for event in events {
        let _ = joined.apply(event.clone());
        let _ = (joined.tile(), joined.to_json());
    }
    joined
}

fn with_retold(
    events: impl Strategy<Value = Vec<Event>>,
) -> impl Strategy<Value = (Vec<Event>, Vec<Event>)> {
    events.prop_flat_map(|events| (Just(events.clone()), retold(events)))
}

/// Each event arrives up to ten minutes late, some of them twice.
fn late(events: Vec<Event>) -> impl Strategy<Value = (Vec<Event>, Vec<Event>)> {
    let delays = prop::collection::vec(
        (0..600_000_i64, prop::option::weighted(0.1, 0..600_000_i64)),
        events.len(),
    );
    (Just(events), delays).prop_map(|(mut events, delays)| {
        let arrivals = events.iter().zip(delays).flat_map(|(event, (delay, again))| {
            let at = event.time.unix_ms();
            [Some((at + delay, event.clone())), again.map(|delay| (at + delay, event.clone()))]
        });
        let mut arrivals: Vec<(i64, Event)> = arrivals.flatten().collect();
        arrivals.sort_by_key(|(at, _)| *at);
        events.sort_by_key(|event| event.time);
        (events, arrivals.into_iter().map(|(_, event)| event).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6000))]

    #[test]
    fn any_order_gives_the_same_document((events, retold) in with_retold(history()), batch in 1..20_usize) {
        let one = pipeline(&events);
        prop_assert_eq!(one.to_json(), pipeline(&retold).to_json());
        prop_assert_eq!(one.to_json(), in_batches(&retold, batch).to_json());
        let watched = watched(&retold);
        prop_assert_eq!(one.to_json(), watched.to_json());
        prop_assert_eq!(one.tile(), watched.tile());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_order_of_sixteen_runs_gives_the_same_document((events, retold) in with_retold(sixteen_runs()), batch in 10..60_usize) {
        let (one, other) = (pipeline(&events), in_batches(&retold, batch));
        prop_assert_eq!(one.to_json(), other.to_json());
        prop_assert_eq!(one.tile(), other.tile());
        prop_assert_eq!(one.page(), other.page());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn ten_minutes_of_disorder_give_the_answer_of_order(
        (events, arrived) in prop_oneof![sixty_runs(), runs_behind_waiting_ones()].prop_flat_map(late),
        batch in 20..200_usize,
    ) {
        let (one, other) = (pipeline(&events), in_batches(&arrived, batch));
        prop_assert_eq!(one.tile(), other.tile());
        prop_assert_eq!(one.to_json(), other.to_json());
        prop_assert_eq!(one.to_json(), watched(&arrived).to_json());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_order_of_hundreds_of_jobs_gives_the_same_record((events, retold) in with_retold(many_jobs()), batch in 50..200_usize) {
        let (one, other) = (pipeline(&events), in_batches(&retold, batch));
        prop_assert_eq!(one.to_json(), other.to_json());
        prop_assert_eq!(one.tile(), other.tile());
        let failed = events.iter().any(|event| event.state == State::Failed);
        prop_assert_eq!(one.tile().status == Status::Failed, failed);
        prop_assert_eq!(one.tile().stages.iter().any(|stage| stage.status == Some(Status::Failed)), failed);
        prop_assert!(one.tile().stages.len() <= 50);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_order_of_several_sources_gives_the_same_record((events, retold) in with_retold(several_sources()), batch in 1..5_usize) {
        let (one, other) = (pipeline(&events), in_batches(&retold, batch));
        prop_assert_eq!(one.to_json(), other.to_json());
        // All fields are of one source: its messages, authors and links have its revision in them.
        let page = one.page();
        if let Some(change) = &page.runs[0].change && let Some(revision) = &change.revision {
            for text in [&change.message, &change.author, &change.url].into_iter().flatten() {
                prop_assert!(text.contains(revision.as_str()) || text.contains("any"), "{:?}", change);
            }
        }
    }
}
