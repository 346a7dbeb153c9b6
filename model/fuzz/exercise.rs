//! What must hold for any bytes. Shared by the fuzz target and the bounded loop of the tests.

use std::collections::BTreeMap;

use model::{
    Pipeline, PipelineId, Tile,
    cctray::Names,
    directory::{self, Directory},
    event::{
        self, Event, Parsed, Subject,
        codepipeline::api::{
            ActionDeclaration, ActionState, Answers, Check, ConditionState, Entrance, Entry,
            Execution, Home, Revision, Sought, StageDeclaration, StageState,
        },
        github,
    },
    pipeline::{Applied, Snapshot},
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
                check_directory(&event, json);
                told.entry(event.pipeline.clone()).or_default().push(*event);
            }
            Ok(Parsed::Ignored(ignored)) => {
                check_log_line(&ignored.reason);
                let run = serde_json::from_slice(json).ok().as_ref().and_then(github::ignored_run);
                assert!(run.is_none_or(|(id, _)| directory::is_directory(&id)));
            }
            Err(rejected) => check_log_line(&rejected.to_string()),
        }
    }
    let check = |(id, events): (PipelineId, Vec<Event>)| {
        check_pipeline(&id, &events, snapshot(&id, &events, bytes))
    };
    let tiles: Vec<Tile> = told.into_iter().map(check).collect();
    let feed = model::cctray::document(&tiles, "https://wall.example/", Names::default());
    assert!(feed.ends_with("</Projects>\n"));
}

fn check_log_line(line: &str) {
    assert!((1..500).contains(&line.len()) && !line.contains('\n'), "no line for a log: {line:?}");
}

fn check_event(event: &Event) {
    let stays = |text: &Option<String>, cap| {
        assert_eq!(text.as_deref().and_then(|text| text::line(text, cap)), *text);
    };
    let leads = |url: &Option<String>| {
        assert_eq!(url.as_deref().and_then(text::link), *url);
    };
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
        assert!(
            url.starts_with("https://")
                && url.len() <= 512
                && url.bytes().all(|byte| byte.is_ascii_graphic()),
            "{url}"
        );
    }
}

/// The API's words for what a run, a stage or an action is at.
const STATUSES: [&str; 9] = [
    "InProgress",
    "Succeeded",
    "Failed",
    "Stopped",
    "Stopping",
    "Superseded",
    "Cancelled",
    "Skipped",
    "",
];

/// A job that is held until its run arrives is the same event then.
fn check_directory(event: &Event, json: &[u8]) {
    let Some(mut directory) = directory::of_event(event).map(|id| Directory::new(id, [])) else {
        return;
    };
    let raw = serde_json::from_slice(json).unwrap_or_default();
    let dropped = directory.hold(&event.run, &raw);
    directory.enter(event, None);
    let held = directory.held(&event.run, &event.pipeline);
    assert!(dropped > 0 || held.as_slice() == std::slice::from_ref(event), "{held:?} {event:?}");
    let read = Directory::from_json(&directory.to_json());
    assert!(read.as_ref().is_ok_and(|read| *read == directory), "{read:?}");
}

/// What CodePipeline's API could say of the runs, stages and actions that events told, chosen by the input's bytes; nothing of
/// other CIs.
fn snapshot(id: &PipelineId, events: &[Event], bytes: &[u8]) -> Snapshot {
    let home = Home { partition: "aws".to_owned(), region: id.region(), account: id.account() };
    if !home.has(id) {
        return Snapshot::default();
    }
    let mut bytes = bytes.iter().cycle();
    let mut byte = || bytes.next().copied().unwrap_or_default();
    let (mut executions, mut stages, mut declared) = (Vec::new(), Vec::new(), Vec::new());
    for event in events {
        let mut at = || match byte() {
            0 | 255 => None,
            1 => Some(i64::MIN),
            2 => Some(i64::MAX),
            near => Some(event.time.unix_ms() + 500 * (i64::from(near) - 64)),
        };
        let (first, second) = (at(), at());
        let (waits, check) = match byte() % 8 {
            0 => (true, Check::BeforeEntry),
            1 => (false, Check::OnSuccess),
            2 => (false, Check::OnFailure),
            _ => (false, Check::BeforeEntry),
        };
        let mut status =
            || STATUSES.get(usize::from(byte() % 9)).copied().unwrap_or_default().to_owned();
        let text = event.detail.summary.clone().or_else(|| event.trigger.clone());
        executions.push(Execution {
            id: event.run.clone(),
            status: status(),
            started_ms: first,
            updated_ms: second,
            trigger: event.trigger.clone(),
            revisions: vec![Revision {
                action: event.run.clone(),
                id: Some(event.run.clone()),
                summary: text.clone(),
                url: event.detail.url.clone(),
            }],
        });
        let (stage, action) = match &event.subject {
            Subject::Run => continue,
            Subject::Stage(stage) => (stage, "Deploy"),
            Subject::Action { stage, action } => (stage, action.as_str()),
        };
        let of_name = |name: &str, status, changed_ms| {
            let other = action_state(event, text.as_deref(), waits);
            ActionState { name: name.to_owned(), status, changed_ms, ..other }
        };
        stages.push(StageState {
            name: stage.clone(),
            execution: Some((event.run.clone(), status())),
            inbound: text.clone(),
            retries: first.unwrap_or_default(),
            entry: first.map_or(Entrance::Untouched, |at_ms| Entrance::Closed {
                at_ms,
                reason: text.clone(),
            }),
            actions: vec![of_name(action, status(), second)],
            conditions: vec![ConditionState {
                check,
                status: status(),
                changed_ms: first,
                rules: vec![of_name("Alarm", status(), second)],
            }],
        });
        let action = ActionDeclaration {
            name: action.to_owned(),
            category: Some("Approval".to_owned()),
            provider: event.detail.kind.clone(),
        };
        declared.push(StageDeclaration { name: stage.clone(), actions: vec![action] });
    }
    let updated_ms = events.iter().map(|event| event.time.unix_ms()).min().unwrap_or_default();
    let entry = Entry {
        name: id.name(),
        version: i64::from(byte()),
        updated_ms,
        created_ms: None,
        execution_mode: (byte() % 4 == 0).then(|| "PARALLEL".to_owned()),
    };
    let declared = home.declared(&entry, &declared);
    let mut sought = Sought::of(&[], &stages, None);
    let picked = sought.pick(executions.clone());
    assert!(picked.len() <= executions.len() && sought.pick(picked).is_empty());
    home.snapshot(
        id,
        Answers {
            entry: &entry,
            declared: declared.as_ref(),
            executions: &executions,
            stages: &stages,
        },
    )
}

/// What an event and a text give of an action or a rule.
fn action_state(event: &Event, text: Option<&str>, waits: bool) -> ActionState {
    let text = text.map(str::to_owned);
    ActionState {
        summary: text.clone(),
        url: event.detail.url.clone(),
        error: text.clone(),
        message: text,
        waits,
        ..ActionState::default()
    }
}

/// The events of one pipeline, in their order, doubled and backwards, before and after what the API says.
fn check_pipeline(id: &PipelineId, events: &[Event], snapshot: Snapshot) -> Tile {
    let new = || Pipeline::new(id.clone());
    let (mut pipeline, mut doubled, mut backwards) = (new(), new(), new());
    for event in events {
        let _ = pipeline.apply(event.clone());
        let _ = doubled.apply(event.clone());
        assert_ne!(
            doubled.apply(event.clone()),
            Applied::Changed,
            "an event told twice changed something: {event:?}"
        );
    }
    let _ = pipeline.reconcile(snapshot.clone());
    let _ = doubled.reconcile(snapshot.clone());
    assert_ne!(
        doubled.reconcile(snapshot.clone()),
        Applied::Changed,
        "an answer told twice changed something: {snapshot:?}"
    );
    let _ = backwards.reconcile(snapshot);
    for event in events.iter().rev() {
        let _ = backwards.apply(event.clone());
    }
    let document = pipeline.to_json();
    assert_eq!(show(&doubled.to_json()), show(&document), "telling twice showed");
    assert_eq!(show(&backwards.to_json()), show(&document), "the order of arrival showed");
    let read = Pipeline::from_json(&document);
    assert!(
        read.as_ref().is_ok_and(|read| read.to_json() == document),
        "the document did not come back: {read:?}"
    );

    let tile = pipeline.tile();
    let row = tile.to_json();
    let again = serde_json::from_str::<Tile>(&row).map(|tile| tile.to_json());
    assert!(
        again.as_ref().is_ok_and(|again| *again == row),
        "the row did not come back: {row}, {again:?}"
    );
    assert_eq!(serde_json::to_vec(&pipeline.page()).map_err(|error| error.to_string()).err(), None);
    assert!(model::badge::svg(&tile.name, Some(tile.status)).ends_with("</svg>\n"));
    tile
}

fn show(document: &[u8]) -> String {
    String::from_utf8_lossy(document).into_owned()
}
