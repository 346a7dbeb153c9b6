//! What the adapters read of real shapes, joined: no order, duplication or batching of any source's events shows.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use model::{
    Pipeline, PipelineId,
    event::{self, Event, Parsed},
};
use proptest::prelude::*;

use crate::invented::retold;

/// The events among the fixtures, by source.
fn sources() -> BTreeMap<String, Vec<Event>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let folders = root.read_dir().unwrap().map(|folder| folder.unwrap());
    folders
        .map(|folder| (folder.file_name().into_string().unwrap(), events(&folder.path())))
        .collect()
}

fn events(folder: &Path) -> Vec<Event> {
    let mut paths: Vec<PathBuf> =
        folder.read_dir().unwrap().map(|file| file.unwrap().path()).collect();
    paths.sort();
    let json = paths.into_iter().filter(|path| path.extension().is_some_and(|end| end == "json"));
    let parsed =
        json.map(|path| event::parse(fs::read_to_string(path).unwrap().as_bytes()).unwrap());
    parsed
        .filter_map(|parsed| match parsed {
            Parsed::Event(event) => Some(*event),
            Parsed::Ignored(_) => None,
        })
        .collect()
}

/// Those of one source, or of all.
fn some_source() -> impl Strategy<Value = Vec<Event>> {
    let sources = sources();
    let mixed: Vec<Event> = sources.values().flatten().cloned().collect();
    let each: Vec<Vec<Event>> = sources.into_values().collect();
    prop_oneof![4 => prop::sample::select(each), 1 => Just(mixed)]
}

/// All of them joined, each pipeline stored and read again after every `batch` events of anybody's.
fn documents(events: &[Event], batch: usize) -> BTreeMap<PipelineId, Vec<u8>> {
    let mut joined: BTreeMap<PipelineId, Pipeline> = BTreeMap::new();
    for batch in events.chunks(batch) {
        for event in batch {
            let _ = joined
                .entry(event.pipeline.clone())
                .or_insert_with_key(|id| Pipeline::new(id.clone()))
                .apply(event.clone());
        }
        for pipeline in joined.values_mut() {
            *pipeline = Pipeline::from_json(&pipeline.to_json()).unwrap();
        }
    }
    joined.into_iter().map(|(id, pipeline)| (id, pipeline.to_json())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_order_of_any_sources_events_gives_the_same_documents(
        (events, retold) in some_source().prop_flat_map(|events| (Just(events.clone()), retold(events))),
        batch in 1..20_usize,
    ) {
        prop_assert_eq!(documents(&events, usize::MAX), documents(&retold, batch));
    }
}

#[test]
fn an_event_told_again_is_the_same_event() {
    for (source, events) in sources() {
        assert_eq!(
            documents(&events, 1),
            documents(&[events.clone(), events].concat(), 7),
            "{source}"
        );
    }
}
