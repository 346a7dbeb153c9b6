//! The filter: which pipelines are on the wall.
//!
//! `payments -sandbox "shop" status:failed,waiting author:ada`: all terms must match. A word matches a part of the name or
//! author, a quoted one the whole of it. After `status:` `author:` `source:` `account:` `region:` `stage:` `prefix:` it is
//! compared with that field; commas separate alternatives; `-` negates a term. Only the case of ASCII is ignored.

mod suggestions;

use model::Tile;

pub use suggestions::suggestions;

use crate::{
    layout::name::prefix,
    options::{Accounts, GroupBy},
    status::TileStatus,
};

/// A parsed filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    terms: Vec<Term>,
    /// What is wrong with the text, for people. The valid terms apply nevertheless.
    pub mistake: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    sense: Sense,
    field: Option<Field>,
    /// Alternatives.
    values: Vec<String>,
    comparison: Comparison,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sense {
    Is,
    IsNot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Whole,
    Part,
}

/// What a term is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Status,
    Author,
    Source,
    Account,
    Region,
    Stage,
    /// What `group=prefix` groups by.
    Prefix,
}

impl Field {
    const ALL: [Self; 7] = [
        Self::Status,
        Self::Author,
        Self::Source,
        Self::Account,
        Self::Region,
        Self::Stage,
        Self::Prefix,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Author => "author",
            Self::Source => "source",
            Self::Account => "account",
            Self::Region => "region",
            Self::Stage => "stage",
            Self::Prefix => "prefix",
        }
    }
}

impl Filter {
    /// Parses what a person typed.
    pub fn parse(text: &str) -> Self {
        let mut filter = Self::default();
        let mut rest = trimmed(text);
        while !rest.is_empty() {
            let after = filter.term(rest);
            rest = trimmed(after);
        }
        filter
    }

    /// Whether a pipeline is on the wall.
    pub fn matches(&self, tile: &Tile, accounts: &Accounts) -> bool {
        self.terms.iter().all(|term| term.finds(tile, accounts) == (term.sense == Sense::Is))
    }

    /// Parses one term and returns the text after it.
    fn term<'a>(&mut self, text: &'a str) -> &'a str {
        let (sense, text) =
            text.strip_prefix('-').map_or((Sense::Is, text), |text| (Sense::IsNot, text));
        let head = text
            .find([':', '"', ' '])
            .and_then(|end| text.split_at_checked(end))
            .filter(|(_, rest)| rest.starts_with(':'));
        let (field, text) = match head {
            Some((name, rest)) => (self.field(name), rest.get(1..).unwrap_or_default()),
            None => (None, text),
        };
        let (comparison, mut values, after) = self.values(text);
        if field == Some(Field::Status) {
            let is_known = |value: &String| {
                TileStatus::ALL.iter().any(|status| contains(status.name(), value))
            };
            if let Some(unknown) = values.iter().find(|value| !is_known(value)) {
                self.mistake = Some(format!(
                    "unknown status {unknown}: use {}",
                    list(&TileStatus::ALL.map(TileStatus::name))
                ));
            }
            values.retain(is_known);
        }
        if !values.is_empty() && (head.is_none() || field.is_some()) {
            self.terms.push(Term { sense, field, values, comparison });
        }
        after
    }

    fn field(&mut self, name: &str) -> Option<Field> {
        let field = Field::ALL.into_iter().find(|field| field.name().eq_ignore_ascii_case(name));
        if field.is_none() {
            self.mistake =
                Some(format!("unknown field {name}: use {}", list(&Field::ALL.map(Field::name))));
        }
        field
    }

    /// The alternatives that a text begins with, and the text after them.
    fn values<'a>(&mut self, text: &'a str) -> (Comparison, Vec<String>, &'a str) {
        if let Some(quoted) = text.strip_prefix('"') {
            let (value, after) = quoted.split_once('"').unwrap_or_else(|| {
                self.mistake = Some("a quotation mark is not closed".to_owned());
                (quoted, "")
            });
            return (Comparison::Whole, vec![value.to_owned()], after);
        }
        let (value, after) = text.split_once(' ').unwrap_or((text, ""));
        let values = value.split(',').filter(|value| !value.is_empty()).map(str::to_owned);
        (Comparison::Part, values.collect(), after)
    }
}

/// Adds a term for the pipelines of a group.
pub fn with_group(text: &str, by: GroupBy, group: &str) -> String {
    let mut terms: Vec<String> = vec![];
    if group.contains('"') {
        // A value can't contain quotation marks.
        let parts = group.split(['"', ' ', ',']).filter(|part| !part.is_empty());
        terms.extend(parts.map(|part| format!("{}:{part}", by.name())));
    } else {
        terms.push(format!("{}:\"{group}\"", by.name()));
    }
    format!("{} {}", text.trim(), terms.join(" ")).trim().to_owned()
}

/// Selects one status, or every status where it was selected.
pub fn with_status(text: &str, status: TileStatus) -> String {
    let term = format!("status:{}", status.name());
    let others = text.split_whitespace().filter(|word| !word.starts_with("status:"));
    let new = (!text.split_whitespace().any(|word| word == term)).then_some(term.as_str());
    others.chain(new).collect::<Vec<_>>().join(" ")
}

impl Term {
    fn finds(&self, tile: &Tile, accounts: &Accounts) -> bool {
        let is = |text: &str| {
            self.values.iter().any(|value| match self.comparison {
                Comparison::Whole => text.eq_ignore_ascii_case(value),
                Comparison::Part => contains(text, value),
            })
        };
        let author = || author(tile).is_some_and(is);
        match self.field {
            None => is(&tile.name) || author(),
            Some(Field::Status) => is(TileStatus::from(tile.status).name()),
            Some(Field::Author) => author(),
            Some(Field::Source) => is(tile.id.encoded_source()),
            Some(Field::Account) => {
                is(tile.id.encoded_account()) || is(accounts.name(tile.id.encoded_account()))
            }
            Some(Field::Region) => is(tile.id.encoded_region()),
            Some(Field::Stage) => tile.stage.as_deref().is_some_and(is),
            Some(Field::Prefix) => is(prefix(&tile.name)),
        }
    }
}

fn author(tile: &Tile) -> Option<&str> {
    tile.change.as_ref()?.author.as_deref()
}

/// "a, b or c".
fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [word] => (*word).to_owned(),
        [words @ .., last] => format!("{} or {last}", words.join(", ")),
    }
}

/// Without leading spaces.
fn trimmed(text: &str) -> &str {
    text.trim_start_matches(' ')
}

/// Whether `part` is in `text`, ignoring the case of ASCII.
fn contains(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    text.windows(part.len().max(1)).any(|window| window.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::tile;

    fn accounts() -> Accounts {
        Accounts::parse("111122223333:prod").unwrap()
    }

    #[track_caller]
    fn check(filter: &str, expect: &str) {
        let tiles = [
            tile("payments-api").failed().author("Ada Lovelace").stage("Prod").tile(),
            tile("payments-web").in_account("444455556666").tile(),
            tile("shop").waiting().author("Grace Hopper").stage("Prod").tile(),
            tile("shop-sandbox").in_region("us-east-1").tile(),
        ];
        let filter = Filter::parse(filter);
        let found: Vec<_> = tiles
            .iter()
            .filter(|tile| filter.matches(tile, &accounts()))
            .map(|tile| tile.name.as_str())
            .collect();
        let mistake = filter.mistake.map(|mistake| format!(" ({mistake})")).unwrap_or_default();
        assert_eq!(format!("{}{mistake}", found.join(" ")), expect);
    }

    #[test]
    fn words_match_names_and_authors() {
        check("", "payments-api payments-web shop shop-sandbox");
        check("  ", "payments-api payments-web shop shop-sandbox");
        check("pay", "payments-api payments-web");
        check("PAY web", "payments-web");
        check("shop,api", "payments-api shop shop-sandbox");
        check("\"shop\"", "shop");
        check("shop -sandbox", "shop");
        check("-\"shop\" shop", "shop-sandbox");
        check("grace", "shop");
        check("nothing-like-this", "");
    }

    #[test]
    fn terms_with_a_field_match_that_field() {
        check("status:failed", "payments-api");
        check("status:failed,waiting", "payments-api shop");
        check("-status:passed", "payments-api shop");
        check("status:\"passed\" shop", "shop-sandbox");
        check("author:\"Ada Lovelace\"", "payments-api");
        check("author:hopper", "shop");
        check("account:prod", "payments-api shop shop-sandbox");
        check("account:4444", "payments-web");
        check("region:us-", "shop-sandbox");
        check("stage:prod", "payments-api shop");
        check("source:codepipeline -shop", "payments-api payments-web");
        check("prefix:shop", "shop shop-sandbox");
        check("prefix:\"pay\"", "");
        check("STATUS:Failed", "payments-api");
    }

    #[test]
    fn a_group_is_added_to_the_filter() {
        for (text, by, group, expect) in [
            ("", GroupBy::Prefix, "shop", r#"prefix:"shop""#),
            (" -docs ", GroupBy::Account, "the shop", r#"-docs account:"the shop""#),
            ("", GroupBy::Account, r#"our "shop", here"#, "account:our account:shop account:here"),
        ] {
            assert_eq!(with_group(text, by, group), expect);
        }
    }

    #[test]
    fn a_status_is_selected_and_deselected() {
        for (text, expect) in [
            ("", "status:failed"),
            ("shop  status:running", "shop status:failed"),
            ("shop status:failed", "shop"),
            ("-status:failed", "-status:failed status:failed"),
        ] {
            assert_eq!(with_status(text, TileStatus::Failed), expect);
        }
    }

    #[test]
    fn a_mistake_is_reported_and_the_rest_applies() {
        check(
            "colour:red shop",
            "shop shop-sandbox (unknown field colour: use status, author, source, account, region, stage or prefix)",
        );
        check(
            "status:broken",
            "payments-api payments-web shop shop-sandbox (unknown status broken: use failed, waiting, running, stopped, unknown or passed)",
        );
        check("\"shop", "shop (a quotation mark is not closed)");
        check("status:", "payments-api payments-web shop shop-sandbox");
        check("-", "payments-api payments-web shop shop-sandbox");
        check("é", "");
    }
}
