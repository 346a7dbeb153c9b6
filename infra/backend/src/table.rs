//! One item a pipeline, on DynamoDB or anything that speaks its API.
//!
//! | attribute | type | use |
//! |---|---|---|
//! | `PipelineId` (HASH), `PipelineName`, `PipelineStatus`, `PipelineStage` | S | for whoever looks into the table |
//! | `Version` | N | counts the writes; a put succeeds only over the version that was read |
//! | `Runs` | B | [`Pipeline::to_json`], zlib-deflated: a tenth of the size, and writes are paid by the KB |
//! | `Told` | S | what a topic was told ([`model::news::Told`]); absent without a topic |
//! | `Tile` | S | JSON of [`model::Tile`], ready to be joined into an answer; absent when the wall has no place for it |
//! | `Directory` | B | instead of all others but id and version: a repository's [`Directory`], zlib-deflated JSON |
//!
//! The index `Tiles` holds nothing but id and tile. It is what is scanned, never the table: a Scan is paid by whole items.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, Read, Write},
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_dynamodb::{
    Client,
    error::{BuildError, SdkError},
    operation::{create_table::CreateTableError, put_item::PutItemError},
    primitives::Blob,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement,
        KeyType, Projection, ProjectionType, ScalarAttributeType,
    },
};
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use model::{
    Pipeline, PipelineId, Tile, Timestamp,
    directory::{self, Directory, InvalidDirectory},
    id::InvalidId,
    news::Told,
    pipeline::InvalidDocument,
};

/// The index that is scanned.
pub const TILES_INDEX: &str = "Tiles";
/// Rows in a page, at most; API Gateway's templates stop at this many.
pub const PAGE_ROWS: i32 = 1000;
/// Runs that take more bytes once deflated lose their oldest details (a whole item may have 400 KB).
const RUNS_MAX_BYTES: usize = 256 * 1024;
/// A directory that takes more bytes once deflated loses the oldest of the jobs that it holds.
const DIRECTORY_MAX_BYTES: usize = 128 * 1024;
/// So many runs' pipelines are known to one process at most.
const KNOWN_RUNS: usize = 4096;
/// What inflates to more is no document of ours.
const DOCUMENT_MAX_BYTES: u64 = 64 * 1024 * 1024;

type Item = HashMap<String, AttributeValue>;

/// A table of pipelines.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: String,
    runs: KnownRuns,
}

/// The pipelines of GitHub's runs, as this process has read them from directories.
#[derive(Clone, Debug, Default)]
struct KnownRuns(Arc<Mutex<BTreeMap<(PipelineId, String), PipelineId>>>);

/// How often an item has been written; what the optimistic lock compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(u64);

impl Version {
    /// There is no such item yet.
    pub const ABSENT: Self = Self(0);

    /// That of the item that is put over this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// What the table has of a pipeline.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The document.
    pub pipeline: Pipeline,
    /// What a topic was told of it, where there is one.
    pub told: Option<Told>,
    /// What a put over this names.
    pub version: Version,
}

/// A row that the wall has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Whose it is.
    pub id: PipelineId,
    tile: String,
}

impl Shown {
    /// The newest news, as far as the row tells.
    pub fn news(&self) -> Option<Timestamp> {
        Some(self.tile()?.run?.updated)
    }

    /// The tile, where this version can read it.
    pub fn tile(&self) -> Option<Tile> {
        serde_json::from_str(&self.tile).ok()
    }
}

/// What came of a [`Table::put`].
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The item is stored.
    Written,
    /// Somebody else has written the item since it was read; nothing happened.
    Outrun,
}

/// One page of the wall's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TilePage {
    /// Each the JSON of one [`model::Tile`].
    pub tiles: Vec<String>,
    /// Where the next page starts, while there is one.
    pub next: Option<PipelineId>,
}

/// Why the table could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The store refused, failed or could not be reached.
    #[error("the store failed")]
    Store(#[from] Box<aws_sdk_dynamodb::Error>),
    /// An item is not what this code writes.
    #[error("the item of {0} is damaged")]
    Damaged(PipelineId, #[source] Damage),
    /// A page ended at a key that this code doesn't write.
    #[error("the index holds a foreign key")]
    ForeignKey(#[source] InvalidId),
    /// A document could not be encoded.
    #[error("a document could not be encoded")]
    Encode(#[source] io::Error),
}

/// What is wrong with an item.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// An attribute is missing or of another type.
    #[error("{0} is missing or of another type")]
    Attribute(&'static str),
    /// An attribute does not inflate.
    #[error("{0} does not inflate")]
    Inflate(&'static str, #[source] io::Error),
    /// `Runs` holds something else.
    #[error("Runs holds no runs")]
    Document(#[source] InvalidDocument),
    /// `Directory` holds something else.
    #[error("Directory holds no directory")]
    Directory(#[from] InvalidDirectory),
}

impl Table {
    /// The table called `name` behind `client`; it has to exist.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into(), runs: KnownRuns::default() }
    }

    /// Reads one pipeline, consistently. `None` when nothing is known of it.
    ///
    /// # Errors
    /// When the store fails or the item is damaged.
    pub async fn get(&self, id: &PipelineId) -> Result<Option<Stored>, TableError> {
        if directory::is_directory(id) {
            return Ok(None);
        }
        self.read(id, decode).await
    }

    /// Reads the directory of a repository's workflows, consistently, and what a put over it names.
    ///
    /// # Errors
    /// When the store fails or the item is damaged.
    pub async fn directory(
        &self,
        id: &PipelineId,
    ) -> Result<Option<(Directory, Version)>, TableError> {
        self.read(id, decode_directory).await
    }

    /// The pipeline of a run, where this process knows it. It never changes, so that a job of the run needs no directory.
    pub(crate) fn pipeline_of(&self, directory: &PipelineId, run: &str) -> Option<PipelineId> {
        let known = self.runs.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(directory.clone(), run.to_owned())).cloned()
    }

    /// Keeps what a directory said of a run, once nothing is held for it.
    pub(crate) fn keep_pipeline_of(
        &self,
        directory: PipelineId,
        run: String,
        pipeline: PipelineId,
    ) {
        let mut known = self.runs.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_RUNS {
            known.clear();
        }
        known.insert((directory, run), pipeline);
    }

    async fn read<T>(
        &self,
        id: &PipelineId,
        decode: fn(&Item) -> Result<T, Damage>,
    ) -> Result<Option<T>, TableError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.name)
            .key("PipelineId", AttributeValue::S(id.to_string()));
        let answer = request.consistent_read(true).send().await.map_err(store_error)?;
        let decoded = answer.item.as_ref().map(decode).transpose();
        decoded.map_err(|damage| TableError::Damaged(id.clone(), damage))
    }

    /// Writes one pipeline, if its item is still at the version that was read, and with it what a topic was told.
    ///
    /// A document too big for an item loses the actions, then the stages, of its oldest runs.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn put(
        &self,
        pipeline: Pipeline,
        told: Option<&Told>,
        over: Version,
    ) -> Result<Put, TableError> {
        let id = pipeline.id().clone();
        let item = encode(pipeline, told, over.next()).map_err(TableError::Encode)?;
        tracing::debug!(pipeline = %id, bytes = bytes(&item), "put");
        self.write(item, over).await
    }

    /// Writes the directory of a repository's workflows, if its item is still at the version that was read.
    ///
    /// One too big for an item loses the oldest of the jobs that it holds.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn put_directory(
        &self,
        directory: &Directory,
        over: Version,
    ) -> Result<Put, TableError> {
        let item = encode_directory(directory, over.next()).map_err(TableError::Encode)?;
        tracing::debug!(directory = %directory.id(), size = bytes(&item), "put");
        self.write(item, over).await
    }

    async fn write(&self, item: Item, over: Version) -> Result<Put, TableError> {
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item));
        let put = if over == Version::ABSENT {
            put.condition_expression("attribute_not_exists(PipelineId)")
        } else {
            put.condition_expression("Version = :read")
                .expression_attribute_values(":read", number(over))
        };
        match put.send().await {
            Ok(_) => Ok(Put::Written),
            Err(SdkError::ServiceError(refusal))
                if matches!(refusal.err(), PutItemError::ConditionalCheckFailedException(_)) =>
            {
                Ok(Put::Outrun)
            }
            Err(error) => Err(store_error(error)),
        }
    }

    /// Reads one page of the wall's rows: at most [`PAGE_ROWS`], at most 1 MB.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tiles(&self, start: Option<&PipelineId>) -> Result<TilePage, TableError> {
        let (items, next) = self.page(start).await?;
        let tiles = items.into_iter().filter_map(|mut item| match item.remove("Tile") {
            Some(AttributeValue::S(tile)) => Some(tile),
            _ => None,
        });
        Ok(TilePage { tiles: tiles.collect(), next })
    }

    /// Reads whose rows the wall has, on all pages.
    ///
    /// # Errors
    /// When the store fails or the index holds a key that is none.
    pub async fn on_the_wall(&self) -> Result<Vec<Shown>, TableError> {
        let mut rows = Vec::new();
        let mut start = None;
        loop {
            let (items, next) = self.page(start.as_ref()).await?;
            for mut item in items {
                if let (Some(AttributeValue::S(id)), Some(AttributeValue::S(tile))) =
                    (item.remove("PipelineId"), item.remove("Tile"))
                {
                    rows.push(Shown { id: id.parse().map_err(TableError::ForeignKey)?, tile });
                }
            }
            start = next;
            if start.is_none() {
                return Ok(rows);
            }
        }
    }

    async fn page(
        &self,
        start: Option<&PipelineId>,
    ) -> Result<(Vec<Item>, Option<PipelineId>), TableError> {
        let start = start
            .map(|id| Item::from([("PipelineId".to_owned(), AttributeValue::S(id.to_string()))]));
        let scan =
            self.client.scan().table_name(&self.name).index_name(TILES_INDEX).limit(PAGE_ROWS);
        // The key alone brings an item into the index, also one without a row.
        let scan = scan.filter_expression("attribute_exists(Tile)");
        let page = scan.set_exclusive_start_key(start).send().await.map_err(store_error)?;
        let last = page.last_evaluated_key.as_ref().and_then(|key| key.get("PipelineId"));
        let next = last
            .and_then(|id| id.as_s().ok())
            .map(|id| id.parse())
            .transpose()
            .map_err(TableError::ForeignKey)?;
        Ok((page.items.unwrap_or_default(), next))
    }
}

/// Makes the table and its index, for a store of one's own; a table that is there already stays as it is.
///
/// # Errors
/// When the store refuses.
pub async fn create(client: &Client, name: &str) -> Result<(), TableError> {
    let build_error =
        |error: BuildError| store_error(SdkError::<CreateTableError>::construction_failure(error));
    let key = KeySchemaElement::builder()
        .attribute_name("PipelineId")
        .key_type(KeyType::Hash)
        .build()
        .map_err(build_error)?;
    let id = AttributeDefinition::builder()
        .attribute_name("PipelineId")
        .attribute_type(ScalarAttributeType::S);
    let tile = Projection::builder()
        .projection_type(ProjectionType::Include)
        .non_key_attributes("Tile")
        .build();
    let index = GlobalSecondaryIndex::builder()
        .index_name(TILES_INDEX)
        .key_schema(key.clone())
        .projection(tile);
    let request = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key)
        .attribute_definitions(id.build().map_err(build_error)?)
        .global_secondary_indexes(index.build().map_err(build_error)?);
    match request.send().await {
        Ok(_) => Ok(()),
        Err(SdkError::ServiceError(refusal))
            if matches!(refusal.err(), CreateTableError::ResourceInUseException(_)) =>
        {
            Ok(())
        }
        Err(error) => Err(store_error(error)),
    }
}

/// One type for the failures of all operations.
fn store_error<E>(error: E) -> TableError
where
    aws_sdk_dynamodb::Error: From<E>,
{
    TableError::Store(Box::new(error.into()))
}

fn encode(mut pipeline: Pipeline, told: Option<&Told>, version: Version) -> io::Result<Item> {
    let mut runs = deflate(&pipeline.to_json())?;
    while runs.len() > RUNS_MAX_BYTES && pipeline.trim() {
        runs = deflate(&pipeline.to_json())?;
    }
    let tile = pipeline.tile();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let status = serde_json::to_value(tile.status)?;
    let mut item = Item::from([
        ("PipelineId".to_owned(), text(tile.id.as_str())),
        ("PipelineName".to_owned(), text(&tile.name)),
        ("PipelineStatus".to_owned(), text(status.as_str().unwrap_or_default())),
        ("Version".to_owned(), number(version)),
        ("Runs".to_owned(), AttributeValue::B(Blob::new(runs))),
    ]);
    if pipeline.is_on_the_wall() {
        item.insert("Tile".to_owned(), AttributeValue::S(tile.to_json()));
    }
    if let Some(told) = told {
        item.insert("Told".to_owned(), AttributeValue::S(told.to_string()));
    }
    if let Some(stage) = &tile.stage {
        item.insert("PipelineStage".to_owned(), text(stage));
    }
    Ok(item)
}

fn encode_directory(directory: &Directory, version: Version) -> io::Result<Item> {
    let mut bytes = deflate(&directory.to_json())?;
    if bytes.len() > DIRECTORY_MAX_BYTES {
        let mut smaller = directory.clone();
        while bytes.len() > DIRECTORY_MAX_BYTES {
            let dropped = smaller.trim();
            if dropped == 0 {
                break;
            }
            tracing::warn!(directory = %directory.id(), dropped, "jobs without a run ignored: too many");
            bytes = deflate(&smaller.to_json())?;
        }
    }
    Ok(Item::from([
        ("PipelineId".to_owned(), AttributeValue::S(directory.id().to_string())),
        ("Version".to_owned(), number(version)),
        ("Directory".to_owned(), AttributeValue::B(Blob::new(bytes))),
    ]))
}

fn decode(item: &Item) -> Result<Stored, Damage> {
    let json = inflated(item, "Runs")?;
    let pipeline = Pipeline::from_json(&json).map_err(Damage::Document)?;
    let told = item.get("Told").map(|told| {
        told.as_s().ok().and_then(|told| told.parse().ok()).ok_or(Damage::Attribute("Told"))
    });
    Ok(Stored { pipeline, told: told.transpose()?, version: version(item)? })
}

fn decode_directory(item: &Item) -> Result<(Directory, Version), Damage> {
    Ok((Directory::from_json(&inflated(item, "Directory")?)?, version(item)?))
}

fn inflated(item: &Item, attribute: &'static str) -> Result<Vec<u8>, Damage> {
    let bytes = item.get(attribute).and_then(|bytes| bytes.as_b().ok());
    inflate(bytes.ok_or(Damage::Attribute(attribute))?.as_ref())
        .map_err(|error| Damage::Inflate(attribute, error))
}

fn version(item: &Item) -> Result<Version, Damage> {
    let version = item.get("Version").and_then(|version| version.as_n().ok());
    version
        .and_then(|version| version.parse().ok())
        .map(Version)
        .ok_or(Damage::Attribute("Version"))
}

/// What an item is paid by: the bytes of its attributes' names and values.
fn bytes(item: &Item) -> usize {
    let value = |value: &AttributeValue| match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        AttributeValue::B(blob) => blob.as_ref().len(),
        _ => 0,
    };
    item.iter().map(|(name, attribute)| name.len() + value(attribute)).sum()
}

fn number(version: Version) -> AttributeValue {
    AttributeValue::N(version.0.to_string())
}

fn deflate(json: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(json)?;
    encoder.finish()
}

fn inflate(runs: &[u8]) -> io::Result<Vec<u8>> {
    let mut json = Vec::new();
    ZlibDecoder::new(runs).take(DOCUMENT_MAX_BYTES).read_to_end(&mut json)?;
    Ok(json)
}
