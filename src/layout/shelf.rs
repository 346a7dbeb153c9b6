//! The shelf: compact pipelines, in the largest form that leaves the prominent zone its room.

use super::{
    Area, Form, Layout, Position, Sizes, TWO_LINES, factor, in_thousandths, pixels, times,
};

/// Between two quiet tiles, in u.
const GAP: f32 = 14.0;
/// A quiet tile on a television, in u.
const TILE: (f32, f32) = (240.0, 150.0);
/// A quiet tile grows at most to this many times its size.
const LARGEST: f32 = 1.7;
/// Chips from the largest to the floor: height in u, type in u, least width in u.
const CHIPS: [(f32, f32, f32); 7] = [
    (50.0, 24.5, 300.0),
    (44.0, 23.0, 282.0),
    (39.0, 21.5, 263.0),
    (34.0, 20.5, 251.0),
    (30.0, 19.5, 239.0),
    (27.0, 18.5, 227.0),
    (25.0, 18.0, 220.0),
];
/// Between two columns of chips, and between two chips of a column, in u.
const CHIP_GAPS: (f32, f32) = (8.0, 4.0);
/// The caption's line above chips that leave it out, in u.
const CAPTION: f32 = 24.0;
/// Chips at least this high, in u, have room to say "ago" themselves.
const SELF_EVIDENT: f32 = 34.0;
/// Beside a chip's name, in em: the padding, the shape, the gaps and "52 min ago", or "52 min".
const BESIDE: (f32, f32) = (7.0, 5.4);

/// How the shelf is filled.
#[derive(Clone, Copy, Debug)]
pub struct Shelf {
    form: Form,
    count: usize,
    columns: usize,
    rows: usize,
    /// Of one of them, in pixels.
    size: (f32, f32),
    gaps: (f32, f32),
    caption: f32,
    sizes: Sizes,
    pages: usize,
    /// All of it, in pixels.
    pub height: f32,
}

impl Shelf {
    /// The candidates, from the most preferred to the smallest, which holds any number. Chips with whole names come before
    /// larger ones without. `widest` is the widest name in em, `most` the height that the smallest prominent zone leaves,
    /// `ideal` the height that an ideal one leaves.
    pub fn forms(
        (count, widest): (usize, f32),
        (width, most, ideal): (f32, f32, f32),
        u: f32,
        near: bool,
        columns: usize,
    ) -> impl DoubleEndedIterator<Item = Self> {
        // Beside a person a chip's text has 14 pixels; from across a room it has what a television gives it.
        let scale = if near { u.max(14.0 / 18.0) } else { u };
        let chips = [widest, 0.0].into_iter().flat_map(move |name| {
            CHIPS.iter().map(move |chip| Self::chips(count, name, width, *chip, scale, columns))
        });
        let chips = chips.filter(move |shelf| shelf.height <= most);
        Self::tiles(count, (width, most, ideal), u, columns)
            .into_iter()
            .chain(chips)
            .chain([Self::pages(count, width, most, scale, columns)])
    }

    /// How high chips of a good size are, without pages.
    pub fn wanted(count: usize, width: f32, u: f32) -> f32 {
        let [good, ..] = CHIPS;
        if count == 0 { 0.0 } else { Self::chips(count, 0.0, width, good, u, usize::MAX).height }
    }

    /// Whether it holds tiles and not chips.
    pub fn has_tiles(&self) -> bool {
        self.form == Form::Quiet
    }

    fn tiles(
        count: usize,
        (width, most, ideal): (f32, f32, f32),
        u: f32,
        columns: usize,
    ) -> Option<Self> {
        if count == 0 {
            return Some(Self::none());
        }
        let gap = GAP * u;
        let widest = times(width, TILE.0 * u, gap).min(columns);
        // The least number of rows, and then no more columns than those need; alone on the wall, the largest tiles.
        let fitting = |columns: usize| {
            let rows = count.div_ceil(columns);
            let size = (
                (width - gap * (factor(columns) - 1.0)) / factor(columns),
                (most - gap * (factor(rows) - 1.0)) / factor(rows),
            );
            (columns, rows, size, (size.0 / (TILE.0 * 1.06)).min(size.1 / TILE.1))
        };
        let alone = ideal >= most;
        let (columns, rows, size, _) = if alone {
            (1..=widest).map(fitting).reduce(|best, next| {
                if next.3.min(LARGEST * u) > best.3.min(LARGEST * u) { next } else { best }
            })?
        } else {
            fitting(count.div_ceil(count.div_ceil(widest)).max(widest.min(count)))
        };
        if size.1 < TILE.1 * u {
            return None;
        }
        let roomy =
            if alone { size.1 } else { (ideal - gap * (factor(rows) - 1.0)) / factor(rows) };
        let high = roomy.max(TILE.1 * u).min(TILE.1 * 1.15 * LARGEST * u).min(size.1);
        let wide = size.0.min(TILE.0 * 1.5 * LARGEST * u);
        let unit = (wide / TILE.0).min(high / TILE.1).min(LARGEST * u);
        Some(Self {
            form: Form::Quiet,
            count,
            columns,
            rows,
            size: (wide, high),
            gaps: (gap, gap),
            caption: 0.0,
            sizes: Sizes {
                unit: in_thousandths(unit),
                // The style sheet says the same.
                name: in_thousandths(28.0 * unit),
                lines: 2,
                room: pixels(100.0 * TWO_LINES * (wide - 34.0 * unit) / (28.0 * unit)),
                less: 0,
            },
            pages: 1,
            height: factor(rows) * (high + gap) - gap,
        })
    }

    /// Chips in which a name of this width finds room, in as few rows as that allows.
    fn chips(
        count: usize,
        name: f32,
        width: f32,
        (high, text, least): (f32, f32, f32),
        u: f32,
        columns_most: usize,
    ) -> Self {
        let gaps = (CHIP_GAPS.0 * u, CHIP_GAPS.1 * u);
        let caption = if high < SELF_EVIDENT { CAPTION * u } else { 0.0 };
        let beside = if caption > 0.0 { BESIDE.1 } else { BESIDE.0 };
        let (least, text) = (u * least.max((name + beside) * text), u * text);
        let most = times(width, least, gaps.0).min(columns_most);
        let rows = count.div_ceil(most);
        let columns = most.min(count.div_ceil(rows.max(1)).max(1));
        // Few chips don't grow wider than this.
        let columns = columns.max(times(width, 1.6 * least, gaps.0).min(columns_most)).max(1);
        let wide = (width - gaps.0 * (factor(columns) - 1.0)) / factor(columns);
        Self {
            form: Form::Chip,
            count,
            columns,
            rows,
            size: (wide, high * u),
            gaps,
            caption,
            sizes: Sizes {
                unit: in_thousandths(u),
                name: in_thousandths(text),
                lines: 1,
                room: pixels(100.0 * (wide / text - beside)),
                less: u8::from(caption > 0.0),
            },
            pages: 1,
            height: factor(rows) * (high * u + gaps.1) - gaps.1 + caption,
        }
    }

    /// Chips at their floor, on as many pages as they need.
    fn pages(count: usize, width: f32, height: f32, u: f32, columns: usize) -> Self {
        let [.., floor] = CHIPS;
        let all = Self::chips(count, 0.0, width, floor, u, columns);
        if all.height <= height + 0.5 {
            return all;
        }
        let columns = times(width, floor.2 * u, all.gaps.0).min(columns);
        let rows = times(height - all.caption, all.size.1, all.gaps.1);
        let wide = (width - all.gaps.0 * (factor(columns) - 1.0)) / factor(columns);
        Self {
            columns,
            rows,
            size: (wide, all.size.1),
            pages: count.div_ceil(columns * rows),
            height: factor(rows) * (all.size.1 + all.gaps.1) - all.gaps.1 + all.caption,
            ..all
        }
    }

    /// One or two columns of chips that a thumb can hit, on a telephone. Gives back where they end.
    pub fn stack(layout: &mut Layout, count: usize, area: Area) -> f32 {
        if count == 0 {
            return area.y;
        }
        let shelf = Self::chips(count, 0.0, area.w, (44.0, 17.0, 300.0), 1.0, usize::MAX);
        shelf.place(layout, area);
        area.y + shelf.height
    }

    /// Writes the positions: tiles along the rows, chips down the columns.
    pub fn place(&self, layout: &mut Layout, area: Area) {
        match self.form {
            Form::Chip => layout.chip = self.sizes,
            Form::Tall | Form::Low | Form::Card | Form::Quiet => layout.quiet = self.sizes,
        }
        layout.pages = u16::try_from(self.pages).unwrap_or(u16::MAX);
        layout.caption = (self.caption > 0.0).then(|| pixels(area.y));
        let top = area.y + self.caption;
        let per_page = (self.columns * self.rows).max(1);
        for index in 0..self.count {
            let (page, index) = (index / per_page, index % per_page);
            let (column, row) = if self.form == Form::Chip {
                (index / self.rows, index % self.rows)
            } else {
                (index % self.columns, index / self.columns)
            };
            layout.positions.push(Position {
                form: self.form,
                page: u16::try_from(page).unwrap_or(u16::MAX),
                x: pixels(area.x + factor(column) * (self.size.0 + self.gaps.0)),
                y: pixels(top + factor(row) * (self.size.1 + self.gaps.1)),
                w: pixels(self.size.0),
                h: pixels(self.size.1),
            });
        }
    }

    fn none() -> Self {
        Self {
            form: Form::Quiet,
            count: 0,
            columns: 1,
            rows: 1,
            size: (0.0, 0.0),
            gaps: (0.0, 0.0),
            caption: 0.0,
            sizes: Sizes::default(),
            pages: 1,
            height: 0.0,
        }
    }
}
