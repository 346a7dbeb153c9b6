//! Builds runs and pages for tests.

use model::{
    Page, Status, Timestamp,
    page::{PageAction, PageRun, PageStage},
};
use serde_json::{from_value, json};

/// The moment so many seconds after the epoch.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_ms(seconds * 1000).unwrap()
}

/// An action without times.
pub fn action(status: Status) -> PageAction {
    from_value(json!({ "name": "Deploy", "status": status })).unwrap()
}

/// A page with these runs, the newest first.
pub fn page(status: Status, runs: &[PageRun]) -> Page {
    let id = "codepipeline:eu-west-1:123456789012:shop";
    from_value(json!({ "id": id, "name": "shop", "status": status, "runs": runs })).unwrap()
}

/// Begins a run at that second: `run("1", 0).stage("Build", 60).failed()`.
pub fn run(id: &str, start_s: i64) -> RunBuilder {
    let run = json!({
        "id": id, "status": "STARTED", "started": at(start_s), "attempt": 1, "stages": [],
    });
    RunBuilder { run: from_value(run).unwrap(), now_s: start_s }
}

/// A run that is being built.
pub struct RunBuilder {
    run: PageRun,
    now_s: i64,
}

impl RunBuilder {
    pub fn after(mut self, seconds: i64) -> Self {
        self.now_s += seconds;
        self
    }

    /// Adds a stage that passes.
    pub fn stage(self, name: &str, seconds: i64) -> Self {
        let end = at(self.now_s + seconds);
        self.open_stage(name, Status::Succeeded, Some(end)).after(seconds)
    }

    pub fn running(self, stage: &str) -> PageRun {
        self.open_stage(stage, Status::Started, None).run
    }

    pub fn waiting(self, stage: &str) -> PageRun {
        PageRun { status: Status::Waiting, ..self.open_stage(stage, Status::Waiting, None).run }
    }

    /// Ends with its last stage.
    pub fn ended(mut self, status: Status) -> PageRun {
        if let Some(stage) = self.run.stages.last_mut() {
            stage.status = status;
            stage.actions[0].status = status;
        }
        PageRun { status, ended: Some(at(self.now_s)), ..self.run }
    }

    pub fn passed(self) -> PageRun {
        self.ended(Status::Succeeded)
    }

    pub fn failed(self) -> PageRun {
        self.ended(Status::Failed)
    }

    fn open_stage(mut self, name: &str, status: Status, ended: Option<Timestamp>) -> Self {
        let started = Some(at(self.now_s));
        let actions = vec![PageAction { started, ended, ..action(status) }];
        let name = name.to_owned();
        self.run.stages.push(PageStage { name, status, started, ended, actions });
        self
    }
}
