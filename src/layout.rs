//! Where every tile goes and how large its text is: pure arithmetic, so that nothing scrolls.
//!
//! Prominent pipelines (failed, waiting, running) get tiles in rows that are filled edge to edge. The compact ones share
//! a shelf below: as small tiles where there is room, else as chips, else as pages of chips. Prominent pipelines that the
//! upper zone has no room for become the first chips of the shelf. Lengths are CSS pixels; the constants are in `u`, a
//! 1920th of a television's width.

pub mod name;
pub mod neighbor;
mod prominent;
mod shelf;

use prominent::Prominent;
use shelf::Shelf;

use crate::{options::Display, status::TileStatus};

/// The area that the wall is laid out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewport {
    /// CSS pixels.
    pub width: u16,
    /// CSS pixels.
    pub height: u16,
    /// CSS pixels at the bottom that the banner covers.
    pub banner: u16,
    /// The maximum number of columns, if the options limit it.
    pub columns: Option<u8>,
    /// How the wall is used.
    pub display: Display,
}

/// How the pipelines are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// Prominent tiles above the shelf.
    ProminentFirst,
    /// Nothing is prominent: a headline says so above the shelf.
    AllPassed,
    /// Every pipeline has a position of the same kind.
    Uniform,
}

/// One pipeline, as far as the layout needs it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its status.
    pub status: TileStatus,
    /// Its name.
    pub name: &'a str,
    /// The account and Region behind its name, in smaller type.
    pub location: Option<&'a str>,
}

/// The type size of a location on a chip, relative to the name's. The style sheet has the same number.
pub const CHIP_LOCATION: f32 = 0.88;
/// The same on a large tile.
pub const TILE_LOCATION: f32 = 0.62;
/// How much wider a name may be in two lines than in one: a broken line is rarely full.
pub const TWO_LINES: f32 = 1.7;

impl Subject<'_> {
    /// The width of its name and location in one line, in em.
    fn width(&self) -> f32 {
        let location = |location| name::location_width(location, CHIP_LOCATION);
        name::width(self.name) + self.location.map_or(0.0, location)
    }
}

/// How much a tile shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Failed, with text on the left and history on the right.
    Tall,
    /// Failed, with history beside the mark.
    Low,
    /// Waiting, running, or failed in a narrow row.
    Card,
    /// Name, age, duration and history.
    Quiet,
    /// One line.
    Chip,
}

impl Form {
    /// The value of `data-form`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tall => "tall",
            Self::Low => "low",
            Self::Card => "card",
            Self::Quiet => "quiet",
            Self::Chip => "chip",
        }
    }

    /// Whether it is a large tile.
    pub const fn is_prominent(self) -> bool {
        matches!(self, Self::Tall | Self::Low | Self::Card)
    }
}

/// A rectangle in whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// How much is shown there.
    pub form: Form,
    /// The page of the shelf; 0 for what is always visible.
    pub page: u16,
    /// From the left edge of the window.
    pub x: i32,
    /// From the top edge of the window.
    pub y: i32,
    /// Width.
    pub w: i32,
    /// Height.
    pub h: i32,
}

/// The sizes of one kind of tile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// The style sheet's unit for this kind, in thousandths of a pixel.
    pub unit: i32,
    /// The type size of the name, in thousandths of a pixel.
    pub name: i32,
    /// The maximum number of lines of a name.
    pub lines: u8,
    /// The maximum width of a name over all its lines, in hundredths of an em; a wider one loses its middle.
    pub room: i32,
    /// What is left out: 1 labels of the rail, 2 also the message, 3 also history and details.
    pub less: u8,
}

impl Sizes {
    /// The maximum width of a name, in em.
    pub fn room_em(self) -> f32 {
        f32::from(u16::try_from(self.room.max(0)).unwrap_or(u16::MAX)) / 100.0
    }
}

/// The result of [`solve`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// One for each subject, in their order.
    pub positions: Vec<Position>,
    /// The header's unit, in thousandths of a pixel.
    pub header: i32,
    /// The number of lines of the header.
    pub header_lines: u8,
    /// Failed tiles.
    pub failed: Sizes,
    /// Other prominent tiles.
    pub card: Sizes,
    /// Quiet tiles.
    pub quiet: Sizes,
    /// Chips.
    pub chip: Sizes,
    /// Where the header ends.
    pub top: i32,
    /// The height of the "all passed" headline below the header, or 0.
    pub hero: i32,
    /// The height of a frame in which everything is shown at a readable size.
    pub wanted_height: i32,
    /// Where the shelf's caption begins, if it has one.
    pub caption: Option<i32>,
    /// Pages of the shelf, at least 1.
    pub pages: u16,
    /// The height of the wall; more than the viewport's only where it scrolls.
    pub height: i32,
}

impl Layout {
    /// The sizes of a pipeline in this form.
    pub fn sizes(&self, form: Form, status: TileStatus) -> Sizes {
        match form {
            Form::Tall | Form::Low => self.failed,
            Form::Card if status == TileStatus::Failed => self.failed,
            Form::Card => self.card,
            Form::Quiet => self.quiet,
            Form::Chip => self.chip,
        }
    }
}

/// Formats thousandths of a CSS pixel as a CSS length.
pub fn thousandths(length: i32) -> String {
    format!("{length}e-3px")
}

/// Formats CSS pixels as a CSS length.
pub fn px(pixels: i32) -> String {
    format!("{pixels}px")
}

/// Returns a CSS transform.
pub fn translate(x: i32, y: i32) -> String {
    format!("translate({x}px,{y}px)")
}

/// A rectangle to fill.
#[derive(Clone, Copy, Debug)]
struct Area {
    x: f32,
    y: f32,
    w: f32,
    h: f32,
}

/// Width and height of the television that `u` is measured on.
const TELEVISION: (f32, f32) = (1920.0, 1080.0);
/// Except on a television, the smallest text of a tile (20 u) is still 14 pixels high.
const NEAR_UNIT: f32 = 14.0 / 20.0;
/// A tab with fewer pixels in either direction is a telephone's, and scrolls.
const TELEPHONE: u16 = 500;

/// Chips grow beyond their minimum while the prominent zone keeps this part of its ideal height.
const COMFORT: f32 = 0.75;

/// The part of the height that the "all passed" headline takes.
const HERO: f32 = 0.3;
/// Its minimum height, in u.
const HERO_LEAST: f32 = 180.0;

/// Computes the position of everything. Subjects come in the order of the wall.
pub fn solve(viewport: Viewport, scene: Scene, subjects: &[Subject<'_>]) -> Layout {
    let (width, height) = (f32::from(viewport.width.max(1)), f32::from(viewport.height.max(1)));
    let scale = (width / TELEVISION.0).min(height / TELEVISION.1);
    let near = viewport.display != Display::Kiosk;
    let u = if near { scale.max(NEAR_UNIT) } else { scale };

    let (header_unit, header_lines, header) = header(width, u, viewport.display);
    let margin = if near { (24.0 * u).min(width / 64.0).max(8.0).min(24.0 * u) } else { 24.0 * u };
    let bottom = margin + f32::from(viewport.banner);
    let area = Area {
        x: margin,
        y: header,
        w: width - 2.0 * margin,
        h: (height - header - bottom).max(1.0),
    };

    let is_prominent =
        |subject: &&Subject<'_>| scene != Scene::Uniform && subject.status.is_prominent();
    let prominent_count = subjects.iter().take_while(is_prominent).count();
    let (prominent, quiet) = subjects.split_at_checked(prominent_count).unwrap_or((subjects, &[]));
    let mut layout = Layout {
        header: in_thousandths(header_unit),
        header_lines,
        pages: 1,
        height: i32::from(viewport.height),
        ..Layout::default()
    };
    let columns = viewport.columns.map_or(usize::MAX, usize::from);
    let scrolls = viewport.display == Display::Browser
        && (viewport.width < TELEPHONE || viewport.height < TELEPHONE);
    let hero = match scene {
        Scene::AllPassed if scrolls => HERO_LEAST * u,
        // A low window needs its height for the tiles.
        Scene::AllPassed if area.h >= 2.0 * HERO_LEAST * u => (HERO * area.h).max(HERO_LEAST * u),
        Scene::AllPassed | Scene::ProminentFirst | Scene::Uniform => 0.0,
    };
    (layout.top, layout.hero) = (pixels(header), pixels(hero));
    layout.wanted_height = pixels(header + hero + bottom + wanted(area.w, prominent, quiet));
    let area = Area { y: area.y + hero, h: area.h - hero, ..area };
    if scrolls {
        stack(&mut layout, area, bottom, prominent, quiet, u);
    } else {
        share(&mut layout, area, prominent, quiet, u, near, columns);
    }
    layout
}

/// Divides the area between the prominent zone and the shelf. The shelf takes the largest form that leaves every prominent
/// tile room for all its text, else the smallest form, together with the prominent pipelines that have no room above.
fn share(
    layout: &mut Layout,
    area: Area,
    prominent: &[Subject<'_>],
    quiet: &[Subject<'_>],
    u: f32,
    near: bool,
    columns: usize,
) {
    let names = prominent::measure(prominent);
    let widest_quiet = quiet.iter().map(Subject::width).fold(0.0, f32::max);
    let gap = 16.0 * u;
    let mut zone_count = prominent.len();
    loop {
        let on_shelf = prominent.len() - zone_count + quiet.len();
        let widest = names.iter().skip(zone_count).map(|name| name.0).fold(widest_quiet, f32::max);
        let ideal_zone = prominent::ideal_height(prominent, zone_count, area.w, u);
        let beside = |zone: f32| {
            if zone_count == 0 { area.h } else { (area.h - zone - gap).max(0.0) }
        };
        // In a low frame a third of the height is less than one readable tile.
        let (most, ideal) =
            (beside(((area.h + area.y) / 3.0).max(prominent::LEAST.1 * u)), beside(ideal_zone));
        let zone_of = |shelf: &Shelf| {
            if on_shelf == 0 { area.h } else { (area.h - shelf.height - gap).max(0.0) }
        };
        let says_all = |shelf: &Shelf| {
            let zone = zone_of(shelf);
            let roomy = shelf.has_tiles() || zone >= COMFORT * ideal_zone;
            zone_count == 0
                || roomy
                    && Prominent::best(
                        prominent,
                        &names,
                        zone_count,
                        Area { h: zone, ..area },
                        u,
                        columns,
                    )
                    .is_some_and(|plan| plan.says_all())
        };
        let mut forms = Shelf::forms((on_shelf, widest), (area.w, most, ideal), u, near, columns);
        let smallest = forms.next_back();
        let Some(shelf) = forms.find(says_all).or(smallest) else {
            return;
        };

        let zone = zone_of(&shelf);
        let plan =
            Prominent::plan(prominent, &names, zone_count, Area { h: zone, ..area }, u, columns);
        let placed = plan.as_ref().map_or(0, Prominent::count);
        if placed < zone_count {
            zone_count = placed;
            continue;
        }
        if let Some(plan) = &plan {
            plan.place(layout, Area { h: zone, ..area });
        }
        let above = if plan.is_some() { zone + gap } else { 0.0 };
        shelf.place(layout, Area { y: area.y + above, h: area.h - above, ..area });
        return;
    }
}

/// The height of prominent tiles and chips at the smallest readable size, independent of the current height.
fn wanted(width: f32, prominent: &[Subject<'_>], quiet: &[Subject<'_>]) -> f32 {
    let zone = prominent::ideal_height(prominent, prominent.len(), width, NEAR_UNIT);
    zone + Shelf::wanted(quiet.len(), width, NEAR_UNIT) + 16.0
}

/// On a telephone, everything in one scrolling column.
fn stack(
    layout: &mut Layout,
    area: Area,
    below: f32,
    prominent: &[Subject<'_>],
    quiet: &[Subject<'_>],
    u: f32,
) {
    let names = prominent::measure(prominent);
    let bottom = Prominent::stack(layout, prominent, &names, area, u);
    let bottom = Shelf::stack(layout, quiet.len(), Area { y: bottom, ..area });
    layout.height = layout.height.max(pixels(bottom + below));
}

/// The header's unit, its number of lines, and its height.
fn header(width: f32, u: f32, display: Display) -> (f32, u8, f32) {
    // Title, five counts, two facts and a clock; in a browser also the filter and settings; in an embed no clock.
    const WIDEST: f32 = 2096.0;
    const WIDE: f32 = 1720.0;
    const NARROW: f32 = 1590.0;
    const SMALLEST: f32 = 15.0 / 28.0;
    let needs = match display {
        Display::Browser => WIDEST,
        Display::Kiosk => WIDE,
        Display::Embed => NARROW,
    };
    let smallest = if display == Display::Kiosk { u } else { SMALLEST };
    let unit = u.min(width / needs).max(smallest.min(u));
    let needed = needs * unit / width;
    let lines = if needed <= 1.03 {
        1
    } else if needed <= 1.9 {
        2
    } else {
        3
    };
    // In a narrow frame the counts are in the title's line, without labels.
    let high = if display == Display::Embed { lines.min(2) } else { lines };
    (unit, lines, unit * if lines == 1 { 64.0 } else { 20.0 + 46.0 * f32::from(high) })
}

/// The nearest whole pixel.
fn pixels(length: f32) -> i32 {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "saturates, and lengths are far below the limit"
    )]
    let whole = length.round() as i32;
    whole
}

/// The nearest thousandth of a pixel.
fn in_thousandths(length: f32) -> i32 {
    pixels(length * 1000.0)
}

/// A count as a length's factor.
fn factor(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}

/// How many times `part` (and a gap between two) goes into `whole`, at least once.
fn times(whole: f32, part: f32, gap: f32) -> usize {
    usize::try_from(pixels(((whole + gap) / (part + gap) + 0.001).floor())).unwrap_or(0).max(1)
}

#[cfg(test)]
#[path = "layout/tests.rs"]
mod tests;
