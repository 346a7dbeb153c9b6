//! What may be typed next in the filter box.

use std::{collections::BTreeSet, sync::Arc};

use model::Tile;

use super::{Field, author};
use crate::{layout::name::prefix, status::TileStatus};

/// The maximum number of suggestions.
const MOST: usize = 12;

/// Returns whole filters that complete the last word of `text`: every status, then the values that the pipelines have.
pub fn suggestions(text: &str, tiles: &[Arc<Tile>]) -> Vec<String> {
    let (before, word) = match text.rfind(' ').and_then(|space| text.split_at_checked(space + 1)) {
        Some((before, word)) => (before, word),
        None => ("", text),
    };
    let (sign, start) = word.strip_prefix('-').map_or(("", word), |start| ("-", start));
    if start.is_empty() {
        return Vec::new();
    }
    let statuses =
        TileStatus::ALL.map(|status| format!("{}:{}", Field::Status.name(), status.name()));
    let values: BTreeSet<String> = tiles.iter().flat_map(|tile| terms(tile)).collect();
    let begins = |term: &String| {
        term.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    let terms = statuses.into_iter().chain(values).filter(begins).take(MOST);
    terms.map(|term| format!("{before}{sign}{term}")).collect()
}

/// The terms that find a pipeline.
fn terms(tile: &Tile) -> impl Iterator<Item = String> {
    let values = [
        (Field::Author, author(tile)),
        (Field::Stage, tile.stage.as_deref()),
        (Field::Account, Some(tile.id.encoded_account())),
        (Field::Region, Some(tile.id.encoded_region())),
        (Field::Source, Some(tile.id.encoded_source())),
        (Field::Prefix, Some(prefix(&tile.name))),
    ];
    values.into_iter().filter_map(|(field, value)| Some((field, value?))).filter_map(term)
}

fn term((field, value): (Field, &str)) -> Option<String> {
    if value.is_empty() || value.contains('"') {
        return None;
    }
    let quote = if value.contains([' ', ',']) { "\"" } else { "" };
    Some(format!("{}:{quote}{value}{quote}", field.name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::tile;

    #[test]
    fn the_last_word_is_completed() {
        let tiles = [
            tile("payments-api").author("Ada Lovelace").stage("Prod").tile(),
            tile("shop").author("a \"b\"").tile(),
            tile("shop-web").tile(),
        ]
        .map(Arc::new);
        for (text, expect) in [
            ("", vec![]),
            ("shop ", vec![]),
            ("shop -", vec![]),
            ("shop -author:", vec!["shop -author:\"Ada Lovelace\""]),
            ("STATUS:F", vec!["status:failed"]),
            ("prefix:", vec!["prefix:payments", "prefix:shop"]),
            ("stage:p", vec!["stage:Prod"]),
            ("nothing", vec![]),
            ("é", vec![]),
        ] {
            assert_eq!(suggestions(text, &tiles), expect, "{text}");
        }
        assert_eq!(suggestions("s", &tiles).len(), 8);
    }
}
