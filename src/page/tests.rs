//! Runs for tests, said in sentences: `run("1", 0).stage("Build", 60).failed()`.

use model::{
    Status, Timestamp,
    page::{PageAction, PageRun, PageStage},
};

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_ms(seconds * 1000).unwrap()
}

/// A run that begins at that second; what follows is at its end.
pub fn run(id: &str, start: i64) -> Builder {
    let run = PageRun {
        id: id.to_owned(),
        status: Status::Started,
        phase: None,
        superseded: false,
        started: at(start),
        ended: None,
        attempt: 1,
        trigger: None,
        change: None,
        url: None,
        stages: Vec::new(),
    };
    Builder { run, now: start }
}

pub struct Builder {
    run: PageRun,
    now: i64,
}

impl Builder {
    pub fn after(mut self, seconds: i64) -> Self {
        self.now += seconds;
        self
    }

    /// A stage that passes.
    pub fn stage(mut self, name: &str, seconds: i64) -> Self {
        self.part(name, Status::Succeeded, Some(seconds));
        self.after(seconds)
    }

    pub fn running(mut self, stage: &str) -> PageRun {
        self.part(stage, Status::Started, None);
        self.run
    }

    pub fn waiting(self, stage: &str, after: i64) -> PageRun {
        let mut waiting = self.after(after);
        waiting.part(stage, Status::Waiting, None);
        waiting.run.status = Status::Waiting;
        waiting.run
    }

    pub fn passed(self) -> PageRun {
        self.end(Status::Succeeded)
    }

    pub fn stopped(self) -> PageRun {
        self.end(Status::Stopped)
    }

    /// Fails, and its last stage with it.
    pub fn failed(mut self) -> PageRun {
        if let Some(stage) = self.run.stages.last_mut() {
            stage.status = Status::Failed;
            stage.actions[0].status = Status::Failed;
        }
        self.end(Status::Failed)
    }

    fn end(mut self, status: Status) -> PageRun {
        (self.run.status, self.run.ended) = (status, Some(at(self.now)));
        self.run
    }

    fn part(&mut self, name: &str, status: Status, seconds: Option<i64>) {
        let (started, ended) = (Some(at(self.now)), seconds.map(|seconds| at(self.now + seconds)));
        let action = PageAction { name: "Deploy".to_owned(), status, kind: None, started, ended, summary: None, error: None, url: None };
        self.run.stages.push(PageStage { name: name.to_owned(), status, started, ended, actions: vec![action] });
    }
}
