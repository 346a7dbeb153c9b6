//! Fit, never scroll: where every tile stands and how large its text is, as pure arithmetic.
//!
//! Loud pipelines (failed, waiting, running) get tiles in rows that are filled edge to edge; quiet ones stand on a shelf
//! below, as small tiles where there is room, else as chips, else as pages of chips. What finds no place in the loud zone
//! goes to the shelf as the first of its chips. All lengths are CSS pixels; the numbers that they come from are `u`, a
//! 1920th of a television's width.

mod loud;
pub mod name;
mod shelf;

use loud::Loud;
use shelf::Shelf;

use crate::{number::digits, options::Display, state::State};

/// What the wall is drawn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// CSS pixels.
    pub width: u16,
    /// CSS pixels.
    pub height: u16,
    /// CSS pixels at the bottom that a banner takes.
    pub banner: u16,
    /// How many stand beside one another at most, where somebody has decided that.
    pub columns: Option<u8>,
    /// How the wall is used.
    pub display: Display,
}

/// What the wall is a picture of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// What is loud stands large above what is quiet.
    LoudFirst,
    /// Nothing is loud: the good news stand above all.
    AllPass,
    /// All have places alike.
    Alike,
}

/// One pipeline, as far as the layout is concerned.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What it is at.
    pub state: State,
    /// Its name.
    pub name: &'a str,
    /// What stands behind its name, smaller.
    pub place: Option<&'a str>,
}

/// The type of a place, as a part of its name's: on a chip, and on a large tile. The style sheet says the same.
pub const CHIP_PLACE: f32 = 0.88;
/// See [`CHIP_PLACE`].
pub const LOUD_PLACE: f32 = 0.62;
/// How much wider a name in two lines may be than one in one: a broken line is never quite full.
pub const TWO_LINES: f32 = 1.7;

impl Subject<'_> {
    /// How wide its name is in one line, in em, with all that stands beside it.
    fn width(&self) -> f32 {
        name::width(self.name)
            + self.place.map_or(0.0, |place| name::place_width(place, CHIP_PLACE))
    }
}

/// How much a tile says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A failed one with words on the left, history on the right.
    Tall,
    /// A failed one with history beside its shape.
    Low,
    /// A waiting, running or narrow failed one.
    Card,
    /// Name, age, duration and history.
    Quiet,
    /// One line.
    Chip,
}

impl Form {
    /// The word for `data-form`.
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
    pub const fn is_loud(self) -> bool {
        matches!(self, Self::Tall | Self::Low | Self::Card)
    }
}

/// A rectangle in whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// How much is said there.
    pub form: Form,
    /// The page of the shelf, 0 for what is always seen.
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
    /// Thousandths of a pixel that the style sheet's unit is for this kind.
    pub unit: i32,
    /// Thousandths of a pixel of the name's type.
    pub name: i32,
    /// How many lines a name may take.
    pub lines: u8,
    /// How wide a name may be in all its lines, in hundredths of an em; what is wider loses its middle.
    pub room: i32,
    /// What is left out: 1 labels of the rail, 2 also the message, 3 also history and details.
    pub less: u8,
}

/// Where all is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// One for each subject, in their order.
    pub spots: Vec<Spot>,
    /// Thousandths of a pixel that the header's unit is.
    pub header: i32,
    /// Lines that the header takes.
    pub header_lines: u8,
    /// Failed tiles.
    pub failed: Sizes,
    /// Other loud tiles.
    pub card: Sizes,
    /// Quiet tiles.
    pub quiet: Sizes,
    /// Chips.
    pub chip: Sizes,
    /// Where the header ends.
    pub top: i32,
    /// How high the good news are below it, if there are any.
    pub hero: i32,
    /// How high a frame has to be in which all has its place at a size that is read well.
    pub wish: i32,
    /// Where the shelf's caption begins, if it has one.
    pub caption: Option<i32>,
    /// Pages of the shelf, at least 1.
    pub pages: u16,
    /// How high the wall is; more than the screen only where it scrolls.
    pub height: i32,
}

impl Layout {
    /// The sizes of a pipeline in this form.
    pub fn sizes(&self, form: Form, state: State) -> Sizes {
        match form {
            Form::Tall | Form::Low => self.failed,
            Form::Card if state == State::Failed => self.failed,
            Form::Card => self.card,
            Form::Quiet => self.quiet,
            Form::Chip => self.chip,
        }
    }
}

/// A length in thousandths of a CSS pixel; written so, it needs no code that prints fractions.
pub fn thousandths(length: i32) -> String {
    [&digits(length), "e-3px"].concat()
}

/// A length in CSS pixels.
pub fn px(pixels: i32) -> String {
    [&digits(pixels), "px"].concat()
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
/// Outside a television, the smallest text of a tile (20 u) is still 14 pixels.
const NEAR_UNIT: f32 = 14.0 / 20.0;
/// Below this many pixels in either direction a tab is a telephone's, and scrolls.
const TELEPHONE: u16 = 500;

/// Chips grow beyond their floor while the loud zone keeps this part of the height it would like.
const COMFORT: f32 = 0.75;

/// The good news take this part of the height.
const HERO: f32 = 0.3;
/// And at least so many u.
const HERO_LEAST: f32 = 180.0;

/// Finds everything's place. Subjects come in the order of the wall.
pub fn solve(screen: Screen, scene: Scene, subjects: &[Subject<'_>]) -> Layout {
    let (width, height) = (f32::from(screen.width.max(1)), f32::from(screen.height.max(1)));
    let scale = (width / TELEVISION.0).min(height / TELEVISION.1);
    let near = screen.display != Display::Kiosk;
    let u = if near { scale.max(NEAR_UNIT) } else { scale };

    let (header_unit, header_lines, header) = header(width, u, screen.display);
    let margin = if near { (24.0 * u).min(width / 64.0).max(8.0).min(24.0 * u) } else { 24.0 * u };
    let bottom = margin + f32::from(screen.banner);
    let area = Area {
        x: margin,
        y: header,
        w: width - 2.0 * margin,
        h: (height - header - bottom).max(1.0),
    };

    let is_loud = |subject: &&Subject<'_>| scene != Scene::Alike && subject.state.is_loud();
    let loud_count = subjects.iter().take_while(is_loud).count();
    let (loud, quiet) = subjects.split_at_checked(loud_count).unwrap_or((subjects, &[]));
    let mut layout = Layout {
        header: in_thousandths(header_unit),
        header_lines,
        pages: 1,
        height: i32::from(screen.height),
        ..Layout::default()
    };
    let columns = screen.columns.map_or(usize::MAX, usize::from);
    let scrolls = screen.display == Display::Browser
        && (screen.width < TELEPHONE || screen.height < TELEPHONE);
    let hero = match scene {
        Scene::AllPass if scrolls => HERO_LEAST * u,
        // On a low window the tiles themselves are the good news.
        Scene::AllPass if area.h >= 2.0 * HERO_LEAST * u => (HERO * area.h).max(HERO_LEAST * u),
        Scene::AllPass | Scene::LoudFirst | Scene::Alike => 0.0,
    };
    (layout.top, layout.hero) = (pixels(header), pixels(hero));
    layout.wish = pixels(header + hero + bottom + wished(area.w, loud, quiet));
    let area = Area { y: area.y + hero, h: area.h - hero, ..area };
    if scrolls {
        stack(&mut layout, area, bottom, loud, quiet, u);
    } else {
        share(&mut layout, area, loud, quiet, u, near, columns);
    }
    layout
}

/// Divides the area between the loud zone and the shelf: the shelf takes the largest form under which all that is loud
/// can say all that it has to say, else the smallest, and what then finds no place in the loud zone.
fn share(
    layout: &mut Layout,
    area: Area,
    loud: &[Subject<'_>],
    quiet: &[Subject<'_>],
    u: f32,
    near: bool,
    columns: usize,
) {
    let names = loud::measure(loud);
    let widest_quiet = quiet.iter().map(Subject::width).fold(0.0, f32::max);
    let gap = 16.0 * u;
    let mut zone_count = loud.len();
    loop {
        let on_shelf = loud.len() - zone_count + quiet.len();
        let widest = names.iter().skip(zone_count).map(|name| name.0).fold(widest_quiet, f32::max);
        let ideal_zone = loud::ideal_height(loud, zone_count, area.w, u);
        let beside = |zone: f32| {
            if zone_count == 0 { area.h } else { (area.h - zone - gap).max(0.0) }
        };
        // In a low frame a third of the height is less than one tile that can be read.
        let (most, ideal) =
            (beside(((area.h + area.y) / 3.0).max(loud::LEAST.1 * u)), beside(ideal_zone));
        let zone_of = |shelf: &Shelf| {
            if on_shelf == 0 { area.h } else { (area.h - shelf.height - gap).max(0.0) }
        };
        let says_all = |shelf: &Shelf| {
            let zone = zone_of(shelf);
            let roomy = shelf.has_tiles() || zone >= COMFORT * ideal_zone;
            zone_count == 0
                || roomy
                    && Loud::best(loud, &names, zone_count, Area { h: zone, ..area }, u, columns)
                        .is_some_and(|plan| plan.says_all())
        };
        let mut forms = Shelf::forms((on_shelf, widest), (area.w, most, ideal), u, near, columns);
        let smallest = forms.next_back();
        let Some(shelf) = forms.find(says_all).or(smallest) else {
            return;
        };

        let zone = zone_of(&shelf);
        let plan = Loud::plan(loud, &names, zone_count, Area { h: zone, ..area }, u, columns);
        let placed = plan.as_ref().map_or(0, Loud::count);
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

/// How high loud tiles and chips together want to be at the smallest size that is read well, whatever height there is now.
fn wished(width: f32, loud: &[Subject<'_>], quiet: &[Subject<'_>]) -> f32 {
    let zone = loud::ideal_height(loud, loud.len(), width, NEAR_UNIT);
    zone + Shelf::wished(quiet.len(), width, NEAR_UNIT) + 16.0
}

/// On a telephone, everything below one another, as high as it likes.
fn stack(
    layout: &mut Layout,
    area: Area,
    below: f32,
    loud: &[Subject<'_>],
    quiet: &[Subject<'_>],
    u: f32,
) {
    let names = loud::measure(loud);
    let bottom = Loud::stack(layout, loud, &names, area, u);
    let bottom = Shelf::stack(layout, quiet.len(), Area { y: bottom, ..area });
    layout.height = layout.height.max(pixels(bottom + below));
}

/// The header's unit, its lines, and how high it is.
fn header(width: f32, u: f32, display: Display) -> (f32, u8, f32) {
    // Title, five counts, two facts and a clock; with the filter's box and the settings in a browser, without the clock in an embed.
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
    // In a frame the counts stand beside the title when there is no room for words.
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
#[path = "fit/tests.rs"]
mod tests;
