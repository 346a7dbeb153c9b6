//! What a tile shows: a pure function of the pipeline, the layout, the time and the options.

use std::sync::Arc;

use model::{
    Status, Tile, Timestamp,
    tile::{Past, Phase, TileStage},
};

use crate::{
    address::with,
    board::{Content, Group, Location, Look, Subject},
    filter::with_group,
    layout::{CHIP_LOCATION, Form, TILE_LOCATION, TWO_LINES, name, thousandths},
    options::{Authors, Display, Options},
    phrases::{
        self,
        tile::{Part, TilePhrases, progress, tile_phrases},
    },
    status::TileStatus,
};

/// A failure is fresh for this long: its tile pulses.
const FRESH_S: u64 = 60;
const DAY_S: u64 = 24 * 3600;

/// Everything that the tile shows.
#[expect(clippy::struct_excessive_bools, reason = "each one is an attribute of the element")]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TileView {
    /// The status of the pipeline, or the worst one of the group.
    pub status: TileStatus,
    /// The tile's form and sizes; `None` while it is on another page of the shelf.
    pub look: Option<Look>,
    /// Whether the last finished run failed and another one has begun since.
    pub is_failing_again: bool,
    /// Whether the run waits for a place to run.
    pub is_queued: bool,
    /// Whether the pipeline was deleted.
    pub is_deleted: bool,
    /// Whether it has just begun to fail.
    pub is_fresh: bool,
    /// Whether it has failed for so long that its tile is no longer filled.
    pub is_old: bool,
    /// The name.
    pub heading: HeadingView,
    /// The texts.
    pub phrases: TilePhrases,
    /// Who made the change.
    pub author: Option<String>,
    /// The change's message.
    pub message: Option<String>,
    /// The stages.
    pub rail: Vec<Segment>,
    /// The last runs.
    pub history: Option<Vec<Past>>,
}

/// The name of a pipeline or group, as far as there is room for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeadingView {
    /// The whole name.
    pub name: String,
    /// The name as shown.
    pub shown: String,
    /// The location behind it.
    pub location: Option<Arc<str>>,
    /// Where it leads.
    pub href: Option<String>,
    /// The type size in thousandths of a pixel, where it is not the tile's.
    pub size: Option<i32>,
}

/// A segment of the rail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The stage's name.
    pub name: String,
    /// The value of `data-stage`: its status, or "next".
    pub stage: &'static str,
    /// The status whose sign it has.
    pub sign: Option<TileStatus>,
    /// How far it is, in percent.
    pub progress: Option<u64>,
}

impl TileView {
    /// Whether a tile shows seconds that pass.
    pub fn has_seconds(Content { subject, look, .. }: &Content) -> bool {
        let is_running =
            matches!(subject, Subject::Pipeline(tile) if tile.status == Status::Started);
        is_running && look.is_some_and(|look| look.form != Form::Chip)
    }

    /// Decides what a group's tile shows. In a browser it leads to its pipelines: `address` is the query and the filter.
    pub fn of_group(
        group: &Group,
        look: Option<Look>,
        (query, filter): (&str, &str),
        options: &Options,
    ) -> Self {
        let mut view = Self { status: group.worst, look, ..Self::default() };
        if let Some(look) = look {
            let by = options.group.filter(|_| options.display == Display::Browser);
            let link = |by| with(query, "filter", Some(&with_group(filter, by, &group.name)));
            view.heading = HeadingView {
                name: group.name.to_string(),
                shown: name::elide(&group.name, look.sizes.room_em()).into_owned(),
                href: by.map(|by| format!("?{}", link(by))),
                ..HeadingView::default()
            };
            view.phrases.age = phrases::board::group(group);
            view.phrases.sentence = vec![Part::Plain(view.phrases.age.clone())];
        }
        view
    }

    /// Decides what a pipeline's tile shows. `now` is `None` before the first answer.
    pub fn of_pipeline(
        tile: &Tile,
        location: Option<&Location>,
        look: Option<Look>,
        now: Option<Timestamp>,
        options: &Options,
    ) -> Self {
        let status = TileStatus::from(tile.status);
        let is_failing_again = tile.failing_since.is_some() && status != TileStatus::Failed;
        let failing_since = tile.failing_since.filter(|_| !is_failing_again).zip(now);
        let failing_s = failing_since.map(|(since, now)| now.seconds_since(since));
        let old_after_s = u64::from(options.old_after_d) * DAY_S;
        let phase = tile.run.as_ref().and_then(|run| run.phase);
        let mut view = Self {
            status,
            look,
            is_failing_again,
            is_queued: status == TileStatus::Running && phase == Some(Phase::Queued),
            is_deleted: tile.gone.is_some(),
            is_fresh: failing_s.is_some_and(|seconds| seconds < FRESH_S),
            is_old: failing_s.is_some_and(|seconds| seconds >= old_after_s),
            ..Self::default()
        };
        if let Some(look) = look {
            view.fill(tile, location, look, now, options);
        }
        view
    }

    fn fill(
        &mut self,
        tile: &Tile,
        location: Option<&Location>,
        look: Look,
        now: Option<Timestamp>,
        options: &Options,
    ) {
        self.heading = heading(tile, location, look, options.display);
        self.phrases = now.map(|now| tile_phrases(tile, now)).unwrap_or_default();
        let Look { form, sizes } = look;
        if form == Form::Chip && sizes.less == 0 && !self.status.is_prominent() {
            self.phrases.age += " ago";
        }
        if form != Form::Chip {
            self.history = Some(tile.history.clone());
        }
        if form.is_prominent() {
            let change = tile.change.as_ref();
            let author = change.and_then(|change| change.author.clone());
            self.author = author.filter(|_| options.authors == Authors::Shown);
            self.message =
                change.and_then(|change| change.message.clone()).filter(|_| sizes.less < 2);
            self.rail = tile.stages.iter().map(|stage| segment(stage, tile.status, now)).collect();
            // A waiting tile without room for another line says all in its sentence.
            if sizes.less >= 3
                && self.status == TileStatus::Waiting
                && let Some(detail) = self.phrases.detail.take()
            {
                self.phrases.sentence.push(Part::Plain(format!(", {detail}")));
            }
        }
    }
}

/// The unit of the style sheet's lengths, as the tile's font size.
pub fn font_size(Look { form, sizes }: Look) -> String {
    thousandths(if form == Form::Chip { sizes.name } else { 20 * sizes.unit })
}

fn heading(
    tile: &Tile,
    location: Option<&Location>,
    Look { form, sizes }: Look,
    display: Display,
) -> HeadingView {
    // A location shortens its name, by half at most. On a quiet tile it takes the name's second line instead.
    let lines = if form == Form::Quiet && location.is_some() { 1 } else { sizes.lines };
    let room = sizes.room_em() / if lines < sizes.lines { TWO_LINES } else { 1.0 };
    let size = if form == Form::Chip { CHIP_LOCATION } else { TILE_LOCATION };
    let width = |location: &str| name::location_width(location, size);
    let fits =
        |location: &str| form != Form::Chip || name::width(&tile.name) + width(location) <= room;
    let location = location.map(|Location { full, short }| if fits(full) { full } else { short });
    let used = location
        .filter(|_| form != Form::Quiet)
        .map_or(0.0, |location| width(location).min(room / 2.0));
    let shown = name::elide(&tile.name, room - used);
    HeadingView {
        name: tile.name.clone(),
        shown: if lines > 1 { name::breakable(&shown) } else { shown.into_owned() },
        location: location.cloned(),
        href: (display != Display::Kiosk).then(|| format!("#p={}", tile.id)),
        size: form.is_prominent().then_some(sizes.name),
    }
}

fn segment(stage: &TileStage, tile: Status, now: Option<Timestamp>) -> Segment {
    // A tick says something only beside a cross.
    let has_sign = |status: &Status| *status != Status::Succeeded || tile == Status::Failed;
    Segment {
        name: stage.name.clone(),
        stage: stage.status.map_or("next", |status| TileStatus::from(status).name()),
        sign: stage.status.filter(has_sign).map(TileStatus::from),
        progress: now.and_then(|now| progress(stage, now)),
    }
}
