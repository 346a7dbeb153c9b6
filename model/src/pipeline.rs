//! The aggregate: everything that is known of one pipeline, joined from events in any order of arrival.

use serde::{Deserialize, Serialize};

use crate::{Page, PipelineId, Status, Tile, event::Event};

/// Everything that is known of one pipeline: its newest 16 runs and what is carried over from older ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    id: PipelineId,
}

/// What an event did to a [`Pipeline`].
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Something became known: the document has changed and wants to be written.
    Changed,
    /// Nothing new; the document is the same to the byte.
    Stale,
    /// The event is about a run that was let go as too old; the document is the same to the byte.
    Evicted,
}

/// Why bytes are no document of a [`Pipeline`].
#[derive(Debug, thiserror::Error)]
#[error("no document of a pipeline")]
pub struct InvalidDocument(#[from] serde_json::Error);

impl Pipeline {
    /// A pipeline of which nothing is known yet.
    pub fn new(id: PipelineId) -> Self {
        Self { id }
    }

    /// Joins one event. Any order, duplication and batching of the events of up to 16 runs ends in the same document.
    pub fn apply(&mut self, event: Event) -> Applied {
        drop(event);
        Applied::Stale
    }

    /// The document that is stored: compact JSON.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(&Document { id: self.id.clone() }).unwrap_or_default()
    }

    /// Reads a stored document, also one written by an older version.
    ///
    /// # Errors
    /// When the bytes are no document of a pipeline.
    pub fn from_json(json: &[u8]) -> Result<Self, InvalidDocument> {
        let Document { id } = serde_json::from_slice(json)?;
        Ok(Self { id })
    }

    /// Makes the document smaller when it is too big to be stored: drops the actions, then the stages, of the oldest
    /// run that still has some. `false` when there is nothing left to drop.
    pub fn trim(&mut self) -> bool {
        false
    }

    /// Which pipeline this is.
    pub fn id(&self) -> &PipelineId {
        &self.id
    }

    /// The wall's row.
    pub fn tile(&self) -> Tile {
        Tile {
            id: self.id.clone(),
            name: self.id.name(),
            status: Status::Unknown,
            stage: None,
            stages: Vec::new(),
            run: None,
            change: None,
            history: Vec::new(),
            failing_since: None,
            url: None,
        }
    }

    /// The pipeline's page.
    pub fn page(&self) -> Page {
        Page { id: self.id.clone(), name: self.id.name(), status: Status::Unknown, failing_since: None, url: None, runs: Vec::new() }
    }
}

#[derive(Serialize, Deserialize)]
struct Document {
    id: PipelineId,
}
