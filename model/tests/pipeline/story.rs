//! Events that read like sentences, `run("a1").stage("Prod").failed_at(20)`, and a pipeline's state in a few lines.
//!
//! Moments are seconds since nine o'clock of one morning.

use std::fmt::Write;

use model::{
    Applied, Pipeline, PipelineId, Status, Tile, Timestamp,
    event::{Approval, ChangeSource, Detail, Event, State, Subject},
    tile::{Change, TileStage},
};

const NINE_MS: i64 = 1_795_424_400_000;

/// Who is spoken of.
#[derive(Clone, Debug)]
pub struct Of {
    run: String,
    subject: Subject,
    attempt: u32,
    detail: Detail,
}

/// The run with this id.
pub fn run(id: &str) -> Of {
    Of { run: id.to_owned(), subject: Subject::Run, attempt: 1, detail: Detail::default() }
}

impl Of {
    /// One of its stages.
    pub fn stage(self, name: &str) -> Self {
        Self { subject: Subject::Stage(name.to_owned()), ..self }
    }

    /// An action of that stage.
    pub fn action(self, name: &str) -> Self {
        let stage = match self.subject {
            Subject::Stage(stage) | Subject::Action { stage, .. } => stage,
            Subject::Run => "Build".to_owned(),
        };
        Self { subject: Subject::Action { stage, action: name.to_owned() }, ..self }
    }

    /// A manual approval in that stage.
    pub fn approval(self, name: &str) -> Self {
        let mut of = self.action(name);
        of.detail.approval = Approval::Manual;
        of
    }

    /// Whether this stage is spoken of.
    pub fn is_of(&self, name: &str) -> bool {
        self.subject == Subject::Stage(name.to_owned())
    }

    pub fn attempt(self, attempt: u32) -> Self {
        Self { attempt, ..self }
    }

    pub fn saying(mut self, summary: &str) -> Self {
        self.detail.summary = Some(summary.to_owned());
        self
    }

    pub fn queued_at(self, second: i64) -> Event {
        self.at(second, State::Queued)
    }

    pub fn started_at(self, second: i64) -> Event {
        self.at(second, State::Started)
    }

    pub fn resumed_at(self, second: i64) -> Event {
        self.at(second, State::Resumed)
    }

    pub fn stopping_at(self, second: i64) -> Event {
        self.at(second, State::Stopping)
    }

    pub fn stopped_at(self, second: i64) -> Event {
        self.at(second, State::Stopped)
    }

    pub fn superseded_at(self, second: i64) -> Event {
        self.at(second, State::Superseded)
    }

    pub fn skipped_at(self, second: i64) -> Event {
        self.at(second, State::Skipped)
    }

    pub fn canceled_at(self, second: i64) -> Event {
        self.at(second, State::Canceled)
    }

    pub fn abandoned_at(self, second: i64) -> Event {
        self.at(second, State::Abandoned)
    }

    pub fn succeeded_at(self, second: i64) -> Event {
        self.at(second, State::Succeeded)
    }

    pub fn failed_at(self, second: i64) -> Event {
        self.at(second, State::Failed)
    }

    pub fn said_something_at(self, second: i64) -> Event {
        self.at(second, State::Unknown)
    }

    pub fn at(self, second: i64, state: State) -> Event {
        Event {
            pipeline: shop(),
            pipeline_name: None,
            pipeline_url: None,
            run: self.run,
            run_number: None,
            run_url: None,
            subject: self.subject,
            job: None,
            attempt: self.attempt,
            time: second_of_day(second),
            state,
            started: None,
            trigger: None,
            change: None,
            detail: self.detail,
        }
    }
}

/// What else an event may say.
pub trait Saying {
    /// The explicit start.
    fn begun_at(self, second: i64) -> Self;
    fn triggered_by(self, trigger: &str) -> Self;
    fn with(self, source: ChangeSource, change: Change) -> Self;
    fn with_links(self, link: &str) -> Self;
}

impl Saying for Event {
    fn begun_at(self, second: i64) -> Self {
        Self { started: Some(second_of_day(second)), ..self }
    }

    fn triggered_by(self, trigger: &str) -> Self {
        Self { trigger: Some(trigger.to_owned()), ..self }
    }

    fn with(self, source: ChangeSource, change: Change) -> Self {
        Self { change: Some((source, change)), ..self }
    }

    fn with_links(self, link: &str) -> Self {
        Self {
            pipeline_url: Some(format!("https://ci/{link}")),
            run_url: Some(format!("https://ci/{link}/run")),
            ..self
        }
    }
}

/// A run of the stages, ten seconds each, that succeeds.
pub fn passing(id: &str, from: i64, stages: &[&str]) -> Vec<Event> {
    let mut events = vec![run(id).started_at(from)];
    let mut second = from;
    for stage in stages {
        events.push(run(id).stage(stage).started_at(second));
        second += 10;
        events.push(run(id).stage(stage).succeeded_at(second));
    }
    events.push(run(id).succeeded_at(second));
    events
}

/// A run of the stages, ten seconds each, that fails in the last one.
pub fn failing(id: &str, from: i64, stages: &[&str]) -> Vec<Event> {
    let mut events = passing(id, from, stages);
    let count = events.len();
    for event in &mut events[count - 2..] {
        event.state = State::Failed;
    }
    events
}

pub fn shop() -> PipelineId {
    PipelineId::new("codepipeline", "us-east-1", "123456789012", "shop").unwrap()
}

pub fn second_of_day(second: i64) -> Timestamp {
    Timestamp::from_unix_ms(NINE_MS + second * 1000).unwrap()
}

fn second(moment: Timestamp) -> String {
    let ms = moment.unix_ms() - NINE_MS;
    if ms % 1000 == 0 { (ms / 1000).to_string() } else { format!("{}.{:03}", ms / 1000, ms % 1000) }
}

/// The same, told by another CI.
pub fn by(source: &str, events: impl IntoIterator<Item = Event>) -> Vec<Event> {
    let pipeline = PipelineId::new(source, "us-east-1", "123456789012", "shop").unwrap();
    events.into_iter().map(|event| Event { pipeline: pipeline.clone(), ..event }).collect()
}

/// All events joined, in this order. They are of one pipeline.
pub fn pipeline<'a>(events: impl IntoIterator<Item = &'a Event>) -> Pipeline {
    let mut events = events.into_iter().peekable();
    let mut pipeline =
        Pipeline::new(events.peek().map_or_else(shop, |event| event.pipeline.clone()));
    for event in events {
        let _ = pipeline.apply(event.clone());
    }
    pipeline
}

/// The same, encoded and decoded after every event, with each event told twice.
pub fn stored_pipeline<'a>(events: impl IntoIterator<Item = &'a Event>) -> Pipeline {
    let mut events = events.into_iter().peekable();
    let mut pipeline =
        Pipeline::new(events.peek().map_or_else(shop, |event| event.pipeline.clone()));
    for event in events {
        let _ = pipeline.apply(event.clone());
        let before = pipeline.to_json();
        pipeline = Pipeline::from_json(&before).unwrap();
        assert_eq!(pipeline.to_json(), before, "a document comes back to the byte");
        assert_ne!(
            pipeline.apply(event.clone()),
            Applied::Changed,
            "a repeated event changes nothing: {event:?}"
        );
        assert_eq!(pipeline.to_json(), before, "and leaves the document as it is");
    }
    pipeline
}

/// The pipeline's tile in words, seconds for moments.
pub fn told(tile: &Tile) -> String {
    let mut text = format!("{} {:?}", tile.name, tile.status);
    if let Some(stage) = &tile.stage {
        write!(text, " in {stage}").unwrap();
    }
    if let Some(since) = tile.failing_since {
        write!(text, ", failing since {}", second(since)).unwrap();
    }
    let rail: Vec<String> = tile.stages.iter().map(segment).collect();
    if !rail.is_empty() {
        write!(text, "\n{}", rail.join(" > ")).unwrap();
    }
    if let Some(run) = &tile.run {
        write!(text, "\nrun {}", run.id).unwrap();
        if run.attempt > 1 {
            write!(text, ", attempt {}", run.attempt).unwrap();
        }
        if let Some(phase) = run.phase {
            write!(text, ", {phase:?}").unwrap();
        }
        write!(text, ", {}..", second(run.started)).unwrap();
        if let Some(ended) = run.ended {
            text.push_str(&second(ended));
        }
        write!(text, ", updated {}", second(run.updated)).unwrap();
        if let Some(typical) = run.typical_s {
            write!(text, ", typically {typical} s").unwrap();
        }
    }
    let bar = |status: Status, seconds: Option<u64>| match seconds {
        Some(seconds) => format!("{status:?} {seconds} s"),
        None => format!("{status:?}"),
    };
    let bars: Vec<String> =
        tile.history.iter().map(|past| bar(past.status, past.seconds)).collect();
    if bars.len() > 1 {
        write!(text, "\nhistory {}", bars.join(", ")).unwrap();
    }
    text
}

fn segment(stage: &TileStage) -> String {
    let mut text = stage.name.clone();
    match stage.status {
        Some(status) => write!(text, " {status:?}").unwrap(),
        None => text.push_str(" ahead"),
    }
    if let Some(action) = &stage.action {
        write!(text, " ({action})").unwrap();
    }
    if let Some(since) = stage.since {
        write!(text, " since {}", second(since)).unwrap();
    }
    if let Some(typical) = stage.typical_s {
        write!(text, " ~{typical} s").unwrap();
    }
    text
}
