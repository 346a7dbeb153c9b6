//! Builds tiles for tests.

use model::{
    PipelineId, Status, Tile, Timestamp,
    tile::{Change, TileRun, TileStage},
};

/// A passed pipeline.
pub fn tile(name: &str) -> Built {
    let at = |seconds: i64| Timestamp::from_unix_ms(seconds * 1000).unwrap();
    Built {
        region: "eu-west-1".to_owned(),
        account: "111122223333".to_owned(),
        tile: Tile {
            id: id("eu-west-1", "111122223333", name),
            name: name.to_owned(),
            status: Status::Succeeded,
            stage: None,
            stages: Vec::new(),
            run: Some(TileRun {
                id: "a".to_owned(),
                started: at(0),
                updated: at(60),
                ended: Some(at(60)),
                attempt: 1,
                typical_s: None,
                phase: None,
                number: None,
                error: None,
                behind: 0,
            }),
            change: None,
            history: Vec::new(),
            failing_since: None,
            verdict: None,
            url: None,
            off: None,
            gone: None,
        },
    }
}

/// A tile that is being built.
#[derive(Clone, Debug)]
pub struct Built {
    region: String,
    account: String,
    tile: Tile,
}

impl Built {
    pub fn tile(self) -> Tile {
        let id = id(&self.region, &self.account, &self.tile.name);
        Tile { id, ..self.tile }
    }

    pub fn failed(mut self) -> Self {
        self.tile.status = Status::Failed;
        self
    }

    pub fn waiting(mut self) -> Self {
        self.tile.status = Status::Waiting;
        self
    }

    pub fn author(mut self, author: &str) -> Self {
        self.tile.change = Some(Change { author: Some(author.to_owned()), ..Change::default() });
        self
    }

    pub fn stage(mut self, stage: &str) -> Self {
        self.tile.stage = Some(stage.to_owned());
        self.tile.stages.push(TileStage {
            name: stage.to_owned(),
            status: Some(self.tile.status),
            action: None,
            since: None,
            typical_s: None,
        });
        self
    }

    pub fn in_region(mut self, region: &str) -> Self {
        region.clone_into(&mut self.region);
        self
    }

    pub fn in_account(mut self, account: &str) -> Self {
        account.clone_into(&mut self.account);
        self
    }
}

fn id(region: &str, account: &str, name: &str) -> PipelineId {
    PipelineId::new("codepipeline", region, account, name).unwrap()
}
