//! A run that is kept, with what is worked out of it only when it changes: its JSON, its lesson, its newest moment.
//!
//! A pipeline's tile is read out after every event, and an event changes one run of sixteen.

use std::sync::OnceLock;

use super::{
    memory::{Lesson, Memory},
    reading::RunReading,
    register::Ms,
    run::Run,
};

/// What the JSON of a run of five stages mostly fits into.
const USUAL_BYTES: usize = 1024;

/// A run that is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    run: Run,
    json: OnceLock<Vec<u8>>,
    /// The run as it reads, where that differs from what its events say.
    whole: OnceLock<Option<Box<Run>>>,
    lesson: OnceLock<Lesson>,
    /// What the run teaches when it is done as its memory judges: that depends on other runs.
    lesson_when_done: OnceLock<Lesson>,
    news: OnceLock<Option<Ms>>,
}

impl Kept {
    /// A run not looked at yet.
    pub fn new(run: Run) -> Self {
        Self {
            run,
            json: OnceLock::new(),
            whole: OnceLock::new(),
            lesson: OnceLock::new(),
            lesson_when_done: OnceLock::new(),
            news: OnceLock::new(),
        }
    }

    /// The run as it is stored.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Its JSON.
    pub fn json(&self) -> &[u8] {
        self.json.get_or_init(|| {
            let mut json = Vec::with_capacity(USUAL_BYTES);
            // Infallible for the same reason as the whole document.
            let _ = serde_json::to_writer(&mut json, &self.run);
            json
        })
    }

    /// The newest moment of all that was told of it.
    pub fn news(&self) -> Option<Ms> {
        *self.news.get_or_init(|| self.run.news())
    }

    /// Lets `change` at the run, which tells whether it changed it.
    pub fn update(&mut self, change: impl FnOnce(&mut Run) -> bool) -> bool {
        let changed = change(&mut self.run);
        if changed {
            self.json.take();
            self.whole.take();
            self.lesson.take();
            self.lesson_when_done.take();
            self.news.take();
        }
        changed
    }

    /// What the run teaches, after all that was remembered before it; it is remembered in its turn.
    pub fn teach<'a>(&'a self, memory: &mut Memory<'a>) -> (&'a Run, &'a Lesson) {
        let run = self
            .whole
            .get_or_init(|| self.run.with_seen().map(Box::new))
            .as_deref()
            .unwrap_or(&self.run);
        let is_done = memory.is_done(run);
        let place = if is_done { &self.lesson_when_done } else { &self.lesson };
        let lesson = place.get_or_init(|| Lesson::of(&RunReading::of(run, memory.habits, is_done)));
        memory.absorb(run, lesson);
        (run, lesson)
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.run == other.run
    }
}

impl Eq for Kept {}
