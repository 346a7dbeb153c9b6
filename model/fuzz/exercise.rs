//! What must hold for any bytes. Shared by the fuzz target and the bounded loop of the tests.

use std::collections::BTreeMap;

use model::{
    Pipeline, PipelineId, Tile,
    event::{self, Event, Parsed, Subject},
    pipeline::Applied,
    text,
};

/// Stands between the events of one input, as in JSON text sequences (RFC 7464).
pub const SEPARATOR: u8 = 0x1E;

/// Reads events and applies them to their pipelines.
///
/// # Panics
/// When something broke that must hold for any input.
pub fn parse_and_apply(bytes: &[u8]) {
    let mut told: BTreeMap<PipelineId, Vec<Event>> = BTreeMap::new();
    for json in bytes.split(|byte| *byte == SEPARATOR) {
        match event::parse(json) {
            Ok(Parsed::Event(event)) => {
                check_event(&event);
                told.entry(event.pipeline.clone()).or_default().push(*event);
            }
            Ok(Parsed::Ignored(ignored)) => check_log_line(&ignored.reason),
            Err(rejected) => check_log_line(&rejected.to_string()),
        }
    }
    let tiles: Vec<Tile> = told.into_iter().map(|(id, events)| check_pipeline(&id, &events)).collect();
    assert!(model::cctray::document(&tiles).ends_with("</Projects>\n"));
}

fn check_log_line(line: &str) {
    assert!((1..500).contains(&line.len()) && !line.contains('\n'), "no line for a log: {line:?}");
}

fn check_event(event: &Event) {
    let stays = |text: &Option<String>, cap| text.iter().for_each(|text| assert_eq!(text::line(text, cap).as_ref(), Some(text)));
    let leads = |url: &Option<String>| url.iter().for_each(|url| assert_eq!(text::link(url).as_ref(), Some(url)));
    let named = |name: &String| assert_eq!(text::name(name), Ok(name.as_str()));
    named(&event.run);
    match &event.subject {
        Subject::Run => {}
        Subject::Stage(stage) => named(stage),
        Subject::Action { stage, action } => [stage, action].into_iter().for_each(named),
    }
    assert!((1..=10_000).contains(&event.attempt));
    assert!(event.started.is_none_or(|started| started.unix_ms() <= event.time.unix_ms() + 60_000));
    stays(&event.trigger, text::WORD_CAP);
    stays(&event.detail.kind, text::WORD_CAP);
    stays(&event.detail.summary, text::SUMMARY_CAP);
    stays(&event.detail.error, text::WORD_CAP);
    if let Some((_, change)) = &event.change {
        stays(&change.message, text::MESSAGE_CAP);
        stays(&change.author, text::AUTHOR_CAP);
        stays(&change.revision, text::REVISION_CAP);
        leads(&change.url);
    }
    leads(&event.detail.url);
    // The console's pages are made of names, which are taken as they are even where they look like a secret.
    for url in [&event.pipeline_url, &event.run_url].into_iter().flatten() {
        assert!(url.starts_with("https://") && url.len() <= 512 && url.bytes().all(|byte| byte.is_ascii_graphic()), "{url}");
    }
}

/// The events of one pipeline, in their order, doubled and backwards.
fn check_pipeline(id: &PipelineId, events: &[Event]) -> Tile {
    let new = || Pipeline::new(id.clone());
    let (mut pipeline, mut doubled, mut backwards) = (new(), new(), new());
    for event in events {
        let _ = pipeline.apply(event.clone());
        let _ = doubled.apply(event.clone());
        assert_ne!(doubled.apply(event.clone()), Applied::Changed, "an event told twice changed something: {event:?}");
    }
    for event in events.iter().rev() {
        let _ = backwards.apply(event.clone());
    }
    let document = pipeline.to_json();
    assert_eq!(show(&doubled.to_json()), show(&document), "telling twice showed");
    assert_eq!(show(&backwards.to_json()), show(&document), "the order of arrival showed");
    let read = Pipeline::from_json(&document);
    assert!(read.as_ref().is_ok_and(|read| read.to_json() == document), "the document did not come back: {read:?}");

    let tile = pipeline.tile();
    let row = serde_json::to_string(&tile);
    let again = row.as_ref().map(|row| serde_json::from_str::<Tile>(row).and_then(|tile| serde_json::to_string(&tile)));
    assert!(matches!((&row, &again), (Ok(row), Ok(Ok(again))) if row == again), "the row did not come back: {row:?}, {again:?}");
    assert_eq!(serde_json::to_vec(&pipeline.page()).map_err(|error| error.to_string()).err(), None);
    assert!(model::badge::svg(&tile.name, Some(tile.status)).ends_with("</svg>\n"));
    tile
}

fn show(document: &[u8]) -> String {
    String::from_utf8_lossy(document).into_owned()
}
