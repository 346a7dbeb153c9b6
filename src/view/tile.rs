//! One pipeline: a large tile while it is loud, a small one or a single line while it is quiet.

use model::{Tile, tile::Phase};

use super::{
    Wall,
    history::history,
    mark::{mark, person},
    node::{Node, Pairs, element, paragraph, text},
    rail::rail,
};
use crate::{
    board::{Entry, Gathered, Place, Shown, What},
    filter::Filter,
    fit::{CHIP_PLACE, Form, LOUD_PLACE, Sizes, Spot, TWO_LINES, name, px, thousandths},
    number::digits,
    options::{Authors, Display, with_filter},
    screen,
    state::State,
    words::{Part, Words, plain, words},
};

/// A failure is fresh for so long: it catches the eye.
const FRESH_S: u64 = 60;

/// The element of a pipeline or group, for as long as it is on the board.
pub fn tile(wall: &Wall, entry: &Entry) -> Node {
    let Shown { what, place, look } = entry.shown.get();
    match what {
        What::Pipeline(tile) => pipeline(wall, &tile, place.as_ref(), look),
        What::Group(group) => gathered(wall, &group, look),
    }
}

fn pipeline(wall: &Wall, tile: &Tile, place: Option<&Place>, look: Option<(Form, Sizes)>) -> Node {
    let state = State::from(tile.status);
    let article = element("article")
        .with("data-pipeline", tile.id.as_str().to_owned())
        .with("data-status", state.name());
    let Some((form, sizes)) = look else {
        // On a page of the shelf that is not shown.
        return article.alike(["hidden", state.name()]).with("hidden", "");
    };
    let now = if state == State::Running && form != Form::Chip {
        &wall.time.now
    } else {
        &wall.time.slow
    };
    let now = now.get();
    // The last run that ended by itself, ended badly; since then one was begun.
    let again = tile.failing_since.is_some() && state != State::Failed;
    let failing_s =
        tile.failing_since.filter(|_| !again).zip(now).map(|(since, now)| now.seconds_since(since));
    let article = article
        .alike([form.name(), state.name()])
        .with("data-form", form.name())
        .with_if(sizes.lines > 1, "data-wraps")
        .with_if(sizes.less > 0 && form.is_loud(), "data-less")
        .with_if(again, "data-again")
        .with_if(
            state == State::Running
                && tile.run.as_ref().is_some_and(|run| run.phase == Some(Phase::Queued)),
            "data-queued",
        )
        .with_if(tile.gone.is_some(), "data-gone")
        .with_if(failing_s.is_some_and(|seconds| seconds < FRESH_S), "data-fresh")
        .with_if(
            failing_s.is_some_and(|seconds| seconds >= u64::from(wall.options.quiet_d) * 86_400),
            "data-old",
        )
        .styled("font-size", size(form, sizes));
    let (heading, mark) = (heading(wall, tile, place, form, sizes), mark(state));
    let article = if form == Form::Chip {
        article.child(mark).child(heading)
    } else {
        article.child(heading).child(mark)
    };
    // Names and states come first: at the wall's start they are seen sooner so.
    if !wall.whole.get() {
        return article;
    }
    let words = now.map(|now| words(tile, now)).unwrap_or_default();
    match form {
        Form::Chip => {
            let ago = if sizes.less == 0 && !state.is_loud() { " ago" } else { "" };
            article.child(paragraph("age", [&words.age, ago].concat()))
        }
        Form::Quiet => article
            .child(paragraph("what", plain(&words.sentence)))
            .child_if(words.last_run.map(|words| paragraph("last", words)))
            .child(history(tile)),
        Form::Tall | Form::Low | Form::Card => loud(article, wall, tile, sizes, words, again),
    }
}

/// A group's chip or small tile: its name and how many pass.
fn gathered(wall: &Wall, group: &Gathered, look: Option<(Form, Sizes)>) -> Node {
    let article = element("article")
        .with("data-group", String::from(&*group.name))
        .with("data-status", group.worst.name());
    let Some((form, sizes)) = look else {
        return article.with("hidden", "");
    };
    let all = digits(group.all);
    let passed = if group.passed == group.all {
        [&all, " pass"].concat()
    } else {
        [&digits(group.passed), " of ", &all, " pass"].concat()
    };
    let name = text(name::elide(&group.name, em(sizes)).into_owned());
    // Its own pipelines; tab.js asks for them without loading the wall anew.
    let by = wall.options.group.filter(|_| wall.options.display == Display::Browser);
    let name = match by.map(|by| Filter::of_group(&wall.typed.get(), by, &group.name)) {
        Some(filter) => {
            element("a").with("href", with_filter(&screen::query(), &filter)).child(name)
        }
        None => name,
    };
    let name = element("h2").child(name);
    let (mark, class) = (mark(group.worst), if form == Form::Chip { "age" } else { "what" });
    article
        .with("data-form", form.name())
        .styled("font-size", size(form, sizes))
        .child(mark)
        .child(name)
        .child(paragraph(class, passed))
}

fn loud(article: Node, wall: &Wall, tile: &Tile, sizes: Sizes, words: Words, again: bool) -> Node {
    let mut sentence = element("p").with("class", "what");
    for part in words.sentence {
        sentence = sentence.child(match part {
            Part::Plain(words) => text(words),
            Part::Name(name) => element("strong").child(text(name)),
        });
    }
    let article = article.child(sentence);
    let article = if words.detail.is_some() || again {
        let failed =
            again.then(|| element("em").child(mark(State::Failed)).child(text("last run failed")));
        article.child(
            element("p")
                .with("class", "detail")
                .child_if(failed)
                .child(text(words.detail.unwrap_or_default())),
        )
    } else {
        article
    };
    let change = tile.change.clone().unwrap_or_default();
    let author = change.author.filter(|_| wall.options.authors == Authors::Shown);
    let who =
        author.map(|author| element("p").with("class", "who").child(person()).child(text(author)));
    article
        .child_if(words.failing.map(|words| paragraph("since", words)))
        .child_if(who)
        .child_if(
            change.message.filter(|_| sizes.less < 2).map(|words| paragraph("message", words)),
        )
        .child_if(words.last_run.map(|words| paragraph("last", words)))
        .child(rail(wall, tile, sizes.less == 0))
        .child_if((sizes.less < 3).then(|| history(tile)))
}

fn heading(wall: &Wall, tile: &Tile, place: Option<&Place>, form: Form, sizes: Sizes) -> Node {
    // Beside a place a name gets what that leaves of the room; it takes half at most. On a quiet tile it stands below, in
    // the place of the name's second line.
    let lines = if form == Form::Quiet && place.is_some() { 1 } else { sizes.lines };
    let room = if lines < sizes.lines { em(sizes) / TWO_LINES } else { em(sizes) };
    let size = if form == Form::Chip { CHIP_PLACE } else { LOUD_PLACE };
    let width = |place: &str| name::place_width(place, size);
    let fits = |place: &str| form != Form::Chip || name::width(&tile.name) + width(place) <= room;
    let place = place.map(|place| if fits(&place.whole) { &*place.whole } else { &*place.short });
    let beside =
        place.filter(|_| form != Form::Quiet).map_or(0.0, |place| width(place).min(room / 2.0));
    let shown = name::elide(&tile.name, room - beside);
    // A name may break behind its punctuation.
    let shown = text(if lines > 1 { name::breakable(&shown) } else { shown.into_owned() });
    let shown = match wall.options.display {
        Display::Browser | Display::Embed => {
            element("a").with("href", ["#p=", tile.id.as_str()].concat()).child(shown)
        }
        Display::Kiosk => shown,
    };
    let place = place.map(|place| element("small").child(text(place.to_owned())));
    let heading = element("h2").with("title", tile.name.clone()).child(shown).child_if(place);
    // A small tile's name is as large as its other text allows; on a large one it depends on its room.
    if form.is_loud() { heading.styled("font-size", thousandths(sizes.name)) } else { heading }
}

/// How wide a name may be.
fn em(sizes: Sizes) -> f32 {
    f32::from(u16::try_from(sizes.room.max(0)).unwrap_or(u16::MAX)) / 100.0
}

/// What the style sheet's lengths are parts of.
fn size(form: Form, sizes: Sizes) -> String {
    thousandths(if form == Form::Chip { sizes.name } else { 20 * sizes.unit })
}

/// Where a tile stands; nowhere while nothing is drawn of it.
pub fn place(entry: &Entry) -> Pairs {
    let Some(Spot { x, y, w, h, .. }) = entry.spot.get() else {
        return Pairs::new();
    };
    vec![
        ("transform", ["translate(", &px(x), ",", &px(y), ")"].concat().into()),
        ("width", px(w).into()),
        ("height", px(h).into()),
    ]
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_in_a_tile_takes_what_is_not_inherited_from_what_is_around_it() {
        // The main thread would draw each frame of a glide: docs/decisions/049.
        let sheets = [
            include_str!("../../style/compact.css"),
            include_str!("../../style/group_tile.css"),
            include_str!("../../style/heading.css"),
            include_str!("../../style/history.css"),
            include_str!("../../style/mark.css"),
            include_str!("../../style/prominent.css"),
            include_str!("../../style/rail.css"),
            include_str!("../../style/tile.css"),
        ];
        assert!(!sheets.concat().contains("inherit"), "a style sheet of tiles says `inherit`");
    }
}
