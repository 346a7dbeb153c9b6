//! The prominent zone: rows of large tiles, filled edge to edge.

use super::{
    Area, CHIP_LOCATION, Form, Layout, Position, Sizes, Subject, TWO_LINES, factor, in_thousandths,
    name, pixels, times,
};
use crate::status::TileStatus;

/// Between two tiles, in u.
const GAP: f32 = 16.0;
/// A tile's type grows at most to this many times its size on a television.
const LARGEST: f32 = 1.5;
/// And shrinks at most to this.
const SMALLEST: f32 = 0.75;
/// Below these a prominent tile becomes a chip: width and height in u.
pub const LEAST: (f32, f32) = (320.0, 153.0);

/// The widths of a name, in em: in one line and in two.
pub type Measured = (f32, f32);

/// Measures the names once; plans compare them often.
pub fn measure(subjects: &[Subject<'_>]) -> Vec<Measured> {
    subjects
        .iter()
        .map(|subject| {
            (
                subject.width(),
                name::width_in_two(subject.name).max(
                    subject
                        .location
                        .map_or(0.0, |location| name::location_width(location, CHIP_LOCATION)),
                ),
            )
        })
        .collect()
}

/// A cut of the prominent list into rows.
#[derive(Clone, Debug)]
pub struct Prominent {
    rows: Vec<Row>,
    failed: Kind,
    card: Kind,
    gap: f32,
}

/// So many failed tiles, then so many others.
#[derive(Clone, Copy, Debug)]
struct Row {
    failed: usize,
    other: usize,
    /// How many times as wide as another a failed tile is.
    weight: f32,
    height: f32,
}

impl Row {
    const fn new(failed: usize, other: usize) -> Self {
        Self { failed, other, weight: 2.0, height: 0.0 }
    }

    /// Whether each tile is a failed one, and its width.
    fn tiles(&self, width: f32, gap: f32) -> impl Iterator<Item = (bool, f32)> + use<> {
        let (failed, other) = (factor(self.failed) * self.weight, factor(self.other));
        let each =
            (width - gap * (factor(self.failed + self.other) - 1.0)) / (failed + other).max(1.0);
        let weight = self.weight;
        std::iter::repeat_n((true, each * weight), self.failed)
            .chain(std::iter::repeat_n((false, each), self.other))
    }
}

/// How one kind of tile looks in a plan.
#[derive(Clone, Copy, Debug)]
struct Kind {
    form: Form,
    sizes: Sizes,
    /// The least of its tiles' names, of the size it has on a television with few pipelines.
    worst: f32,
    /// Whether all that a tile must say finds its place.
    fits: bool,
}

/// The measures of a form in u: what it needs, and where its name stands.
struct Measure {
    form: Form,
    /// Heights with all, and with ever less.
    heights: &'static [f32],
    width: f32,
    /// The name's type.
    name: f32,
    /// The name's floor.
    floor: f32,
    /// How small the form may get.
    least: f32,
    /// What stands beside the name.
    beside: f32,
    /// What a second line of the name adds.
    line: f32,
    /// On a tile narrower than this the sentence takes a second line; what that adds to what the heights have to spare.
    sentence: (f32, f32),
}

const TALL: Measure = Measure {
    form: Form::Tall,
    heights: &[352.0],
    width: 880.0,
    name: 74.0,
    floor: 44.0,
    least: 0.87,
    beside: 160.0,
    line: 16.0,
    sentence: (0.0, 0.0),
};
const LOW: Measure = Measure {
    form: Form::Low,
    heights: &[206.0, 184.0],
    width: 880.0,
    name: 54.0,
    floor: 44.0,
    least: SMALLEST,
    beside: 330.0,
    line: 40.0,
    sentence: (0.0, 0.0),
};
const CARD: Measure = Measure {
    form: Form::Card,
    heights: &[268.0, 238.0, 226.0, 204.0],
    width: 400.0,
    name: 44.0,
    floor: 30.0,
    least: SMALLEST,
    beside: 112.0,
    line: 36.0,
    sentence: (0.0, 0.0),
};
/// The card of what failed says where, which is longer, and since when, which takes a line of its own.
const FAILED_CARD: Measure = Measure { sentence: (800.0, 30.0), ..CARD };

/// How high the prominent zone would like to be: each tile at its size on a television.
pub fn ideal_height(subjects: &[Subject<'_>], count: usize, width: f32, u: f32) -> f32 {
    let failed =
        subjects.iter().take(count).filter(|subject| subject.status == TileStatus::Failed).count();
    let rows = |count: usize, least: f32| factor(count.div_ceil(times(width, least * u, GAP * u)));
    let (failed, other) = (rows(failed, 580.0), rows(count - failed, CARD.width));
    u * (failed * 343.0 + other * 285.0 + (failed + other - 1.0).max(0.0) * GAP)
}

impl Prominent {
    /// The best cut; of fewer than `count` tiles where no cut has room for all. Nothing when there is room for none.
    pub fn plan(
        subjects: &[Subject<'_>],
        names: &[Measured],
        count: usize,
        area: Area,
        u: f32,
        columns: usize,
    ) -> Option<Self> {
        let gap = GAP * u;
        let most = times(area.h, LEAST.1 * u, gap) * times(area.w, LEAST.0 * u, gap).min(columns);
        let mut count = count.min(most);
        while count > 0 {
            let best = Self::best(subjects, names, count, area, u, columns);
            if best.is_some() && (count == 1 || best.as_ref().is_some_and(Self::fits)) {
                return best;
            }
            count -= 1;
        }
        None
    }

    /// The cut with the largest worst name, of those that say the most.
    pub fn best(
        subjects: &[Subject<'_>],
        names: &[Measured],
        count: usize,
        area: Area,
        u: f32,
        columns: usize,
    ) -> Option<Self> {
        let gap = GAP * u;
        let failed = subjects
            .iter()
            .take(count)
            .take_while(|subject| subject.status == TileStatus::Failed)
            .count();
        let mut best: Option<Self> = None;
        let most_columns = times(area.w, LEAST.0 * u, gap).min(columns);
        for cut in cuts(failed, count - failed, times(area.h, LEAST.1 * u, gap), most_columns) {
            let plan = Self::of(cut, names, area.w, area.h, u);
            if best.as_ref().is_none_or(|best| plan.rank() > best.rank()) {
                best = Some(plan);
            }
        }
        best
    }

    /// Whether every tile has room for what must be said.
    const fn fits(&self) -> bool {
        self.failed.fits && self.card.fits
    }

    /// Whether nothing is left out anywhere.
    pub const fn says_all(&self) -> bool {
        self.failed.says_all() && self.card.says_all()
    }

    /// How many tiles it has.
    pub fn count(&self) -> usize {
        self.rows.iter().map(|row| row.failed + row.other).sum()
    }

    /// Writes the positions.
    pub fn place(&self, layout: &mut Layout, area: Area) {
        layout.failed = self.failed.sizes;
        layout.card = self.card.sizes;
        let mut y = area.y;
        for row in &self.rows {
            let mut x = area.x;
            for (failed, width) in row.tiles(area.w, self.gap) {
                let form = if failed { self.failed.form } else { self.card.form };
                layout.positions.push(position(form, x, y, width, row.height));
                x += width + self.gap;
            }
            y += row.height + self.gap;
        }
    }

    /// Cards below one another, on a telephone. Gives back where the next thing may begin.
    pub fn stack(
        layout: &mut Layout,
        subjects: &[Subject<'_>],
        names: &[Measured],
        area: Area,
        u: f32,
    ) -> f32 {
        let gap = 12.0 * u;
        let columns = times(area.w, 340.0, gap);
        let width = (area.w - gap * (factor(columns) - 1.0)) / factor(columns);
        let height = (CARD.heights.first().copied().unwrap_or_default() + CARD.line) * u;
        let tiles: Vec<_> = names.iter().map(|name| (*name, width)).collect();
        let kind = Kind::of(&FAILED_CARD, &tiles, height, u);
        (layout.failed, layout.card) = (kind.sizes, kind.sizes);
        for (index, _) in subjects.iter().enumerate() {
            let (row, column) = (index / columns, index % columns);
            layout.positions.push(position(
                Form::Card,
                area.x + factor(column) * (width + gap),
                area.y + factor(row) * (height + gap),
                width,
                height,
            ));
        }
        area.y + factor(subjects.len().div_ceil(columns)) * (height + gap)
    }

    fn of(mut rows: Vec<Row>, names: &[Measured], width: f32, height: f32, u: f32) -> Self {
        let gap = GAP * u;
        // A failed tile is twice as wide as another in its row while that leaves the others wide enough.
        for row in &mut rows {
            if row.tiles(width, gap).any(|(_, width)| width < CARD.width * u) {
                row.weight = 1.0;
            }
        }
        let share = |failed: f32| {
            let total: f32 = rows.iter().map(|row| if row.failed > 0 { failed } else { 1.0 }).sum();
            (height - gap * (factor(rows.len()) - 1.0)) / total
        };
        // High enough for words on the left and history on the right, failed rows get more than others; else less.
        let failed_weight = if share(1.2) * 1.2 >= 300.0 * u { 1.2 } else { 0.94 };
        let unit = share(failed_weight);
        let high = unit * failed_weight;

        let mut names = names.iter().copied();
        let (mut failed, mut other) = (Vec::new(), Vec::new());
        for row in &mut rows {
            row.height = if row.failed > 0 { high } else { unit };
            for ((is_failed, width), name) in row.tiles(width, gap).zip(&mut names) {
                if is_failed { &mut failed } else { &mut other }.push((name, width));
            }
        }
        let forms = [&TALL, &LOW, &FAILED_CARD].map(|measure| Kind::of(measure, &failed, high, u));
        let [mut best, ..] = forms;
        for next in forms {
            // The forms come in the order in which they are liked; one that says less is taken only for want of room. Where none
            // fits, the last has the largest type.
            if !best.says_all() && (!best.fits || next.rank() > best.rank()) {
                best = next;
            }
        }
        Self { failed: best, card: Kind::of(&CARD, &other, unit, u), rows, gap }
    }

    /// Greater is better: what must be said first, then rows of their own for what failed, then the worst name, then fewer
    /// rows.
    fn rank(&self) -> (bool, u8, bool, i32, usize) {
        let mixed = self.rows.iter().any(|row| row.failed > 0 && row.other > 0);
        let less = self.failed.sizes.less + self.card.sizes.less;
        (
            self.fits(),
            u8::MAX - less,
            !mixed,
            in_thousandths(self.failed.worst.min(self.card.worst)),
            usize::MAX - self.rows.len(),
        )
    }
}

impl Kind {
    /// How these tiles of these widths look.
    fn of(measure: &Measure, tiles: &[(Measured, f32)], height: f32, u: f32) -> Self {
        let narrowest = tiles.iter().map(|(_, width)| *width).fold(f32::INFINITY, f32::min);
        if tiles.is_empty() {
            return Self {
                form: measure.form,
                sizes: Sizes::default(),
                worst: f32::INFINITY,
                fits: true,
            };
        }
        let floor = measure.floor * u;
        let (mut best, fitting) = Self::in_lines(measure, tiles, narrowest, height, u, 1);
        // The name breaks only where one line would be below its floor.
        if fitting < floor {
            let (two, _) = Self::in_lines(measure, tiles, narrowest, height, u, 2);
            if two.rank() > best.rank() || best.sizes.less + 1 >= two.sizes.less && two.fits {
                best = two;
            }
        }
        best
    }

    /// The look with names in so many lines, and how large the largest type is in which they all fit.
    fn in_lines(
        measure: &Measure,
        tiles: &[(Measured, f32)],
        narrowest: f32,
        height: f32,
        u: f32,
        lines: u8,
    ) -> (Self, f32) {
        let extra = if lines == 1 { 0.0 } else { measure.line };
        let by_width = narrowest / measure.width;
        let (below, second) = measure.sentence;
        let (mut unit, mut less, mut fits) = (0.0, 0, false);
        for (step, need) in (0_u8..).zip(measure.heights) {
            let unit_of = |need: f32| (height / (need + extra)).min(by_width).min(LARGEST * u);
            unit = unit_of(need + second).max(unit_of(*need).min(narrowest / below));
            less = step;
            fits = unit >= measure.least * u * 0.999;
            if fits {
                break;
            }
        }
        let room = |width: f32| width - measure.beside * unit;
        let widest = |(one, two): Measured| if lines == 1 { one } else { two };
        let fitting = tiles
            .iter()
            .map(|(name, width)| room(*width) / widest(*name).max(0.1))
            .fold(f32::INFINITY, f32::min);
        // Lines of a name are 1.12 times as high as its type; see the style sheet.
        let largest =
            if lines == 1 { measure.name } else { 0.5 * (measure.name + extra / 1.12) } * unit;
        let size =
            largest.min(fitting).max(measure.floor.min(measure.name * SMALLEST) * u).min(largest);
        let kind = Self {
            form: measure.form,
            sizes: Sizes {
                unit: in_thousandths(unit),
                name: in_thousandths(size),
                lines,
                room: pixels(
                    100.0 * room(narrowest) / size * if lines == 1 { 1.0 } else { TWO_LINES },
                ),
                less,
            },
            worst: size.min(fitting)
                / (if measure.form == Form::Card { CARD.name } else { TALL.name } * u),
            fits,
        };
        (kind, fitting)
    }

    const fn says_all(&self) -> bool {
        self.fits && self.sizes.less == 0
    }

    /// Greater is better.
    const fn rank(&self) -> (bool, u8, i32) {
        (self.fits, u8::MAX - self.sizes.less, self.sizes.name)
    }
}

/// All ways to cut the list: failed and others in rows of their own, or all in one row.
fn cuts(failed: usize, other: usize, most_rows: usize, most_columns: usize) -> Vec<Vec<Row>> {
    let mut cuts = Vec::new();
    if failed + other <= most_columns {
        cuts.push(vec![Row::new(failed, other)]);
    }
    for failed_rows in row_counts(failed, most_rows) {
        for other_rows in row_counts(other, most_rows) {
            let rows = failed_rows + other_rows;
            let longest =
                failed.div_ceil(failed_rows.max(1)).max(other.div_ceil(other_rows.max(1)));
            if rows > 1 && rows <= most_rows && longest <= most_columns {
                let failed = even(failed, failed_rows).map(|count| Row::new(count, 0));
                cuts.push(
                    failed.chain(even(other, other_rows).map(|count| Row::new(0, count))).collect(),
                );
            }
        }
    }
    cuts
}

fn row_counts(tiles: usize, most: usize) -> std::ops::RangeInclusive<usize> {
    if tiles == 0 { 0..=0 } else { 1..=tiles.min(most) }
}

/// The lengths of `rows` rows of `tiles` tiles; the first rows are the shorter ones, for they matter more.
fn even(tiles: usize, rows: usize) -> impl Iterator<Item = usize> {
    (0..rows).map(move |row| (tiles + row) / rows)
}

fn position(form: Form, x: f32, y: f32, width: f32, height: f32) -> Position {
    let (left, top) = (pixels(x), pixels(y));
    Position {
        form,
        page: 0,
        x: left,
        y: top,
        w: pixels(x + width) - left,
        h: pixels(y + height) - top,
    }
}
