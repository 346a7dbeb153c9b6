//! Which pipelines are on the wall: `payments -sandbox "shop" status:failed,waiting author:ada`.
//!
//! All terms must hold. A word is looked for in the name and the author, in quotes it is the whole of it; behind `status:`
//! `author:` `source:` `account:` `region:` `stage:` `prefix:` it is looked for there, several with commas between them; `-`
//! before a term turns it round. Capitals of ASCII don't matter.

use model::Tile;

use crate::{
    fit::name::prefix,
    options::{Accounts, Group},
    state::State,
};

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    terms: Vec<Term>,
    /// What is wrong with the text, for people; its good parts hold all the same.
    pub mistake: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    sense: Sense,
    field: Option<Field>,
    /// One of these.
    values: Vec<String>,
    fit: Fit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sense {
    Is,
    IsNot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    Whole,
    Part,
}

/// Where a term looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Status,
    Author,
    Source,
    Account,
    Region,
    Stage,
    /// What `group=prefix` gathers by.
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
    /// Reads what a person wrote.
    pub fn parse(text: &str) -> Self {
        let mut filter = Self::default();
        let mut rest = trimmed(text);
        while !rest.is_empty() {
            let after = filter.term(rest);
            rest = trimmed(after);
        }
        filter
    }

    /// What asks for a group's pipelines, beside what is asked for already.
    pub fn of_group(before: &str, by: Group, name: &str) -> String {
        let mut text = before.trim().to_owned();
        let mut term = |marks: &str, value: &str| {
            for part in
                [if text.is_empty() { "" } else { " " }, by.name(), ":", marks, value, marks]
            {
                text.push_str(part);
            }
        };
        if name.contains('"') {
            // Quotation marks can't be asked for.
            name.split(['"', ' ', ','])
                .filter(|part| !part.is_empty())
                .for_each(|part| term("", part));
        } else {
            term("\"", name);
        }
        text
    }

    /// Whether a pipeline is asked for.
    pub fn matches(&self, tile: &Tile, accounts: &Accounts) -> bool {
        self.terms.iter().all(|term| term.finds(tile, accounts) == (term.sense == Sense::Is))
    }

    /// Reads one term; gives back what follows it.
    fn term<'a>(&mut self, text: &'a str) -> &'a str {
        let (sense, text) =
            text.strip_prefix('-').map_or((Sense::Is, text), |text| (Sense::IsNot, text));
        let head = text
            .find([':', '"', ' '])
            .and_then(|end| text.split_at_checked(end))
            .filter(|(_, rest)| rest.starts_with(':'));
        let (field, text) = match head {
            Some((name, rest)) => {
                let field =
                    Field::ALL.into_iter().find(|field| field.name().eq_ignore_ascii_case(name));
                if field.is_none() {
                    self.mistake = Some(
                        ["there is no ", name, ": to look for, only status, author, source, account, region, stage and prefix"].concat(),
                    );
                }
                (field, rest.get(1..).unwrap_or_default())
            }
            None => (None, text),
        };
        let (value, fit, after) = if let Some(quoted) = text.strip_prefix('"') {
            let (value, after) = quoted.split_once('"').unwrap_or_else(|| {
                self.mistake = Some("a quotation mark is not closed".to_owned());
                (quoted, "")
            });
            (value, Fit::Whole, after)
        } else {
            let (value, after) = text.split_once(' ').unwrap_or((text, ""));
            (value, Fit::Part, after)
        };
        let mut values: Vec<_> = match fit {
            Fit::Whole => vec![value.to_owned()],
            Fit::Part => {
                value.split(',').filter(|value| !value.is_empty()).map(str::to_owned).collect()
            }
        };
        if field == Some(Field::Status) {
            let states =
                |value: &String| State::ALL.iter().any(|state| contains(state.name(), value));
            if let Some(unknown) = values.iter().find(|value| !states(value)) {
                let mistake = [
                    "there is no status ",
                    unknown,
                    ", only failed, waiting, running, stopped, unknown and passed",
                ]
                .concat();
                self.mistake = Some(mistake);
            }
            values.retain(states);
        }
        if !values.is_empty() && (head.is_none() || field.is_some()) {
            self.terms.push(Term { sense, field, values, fit });
        }
        after
    }
}

impl Term {
    fn finds(&self, tile: &Tile, accounts: &Accounts) -> bool {
        let is = |text: &str| {
            self.values.iter().any(|value| match self.fit {
                Fit::Whole => text.eq_ignore_ascii_case(value),
                Fit::Part => contains(text, value),
            })
        };
        let author =
            || tile.change.as_ref().and_then(|change| change.author.as_deref()).is_some_and(is);
        match self.field {
            None => is(&tile.name) || author(),
            Some(Field::Status) => is(State::from(tile.status).name()),
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

/// Without the blanks at its beginning.
fn trimmed(text: &str) -> &str {
    text.trim_start_matches(' ')
}

/// Whether `part` is in `text`, whatever the capitals of ASCII.
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
    fn words_are_looked_for_in_names_and_authors() {
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
    fn fields_are_looked_for_where_they_are() {
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
    fn a_group_is_asked_for_beside_what_was() {
        for (before, by, name, expect) in [
            ("", Group::Prefix, "shop", r#"prefix:"shop""#),
            (" -docs ", Group::Account, "the shop", r#"-docs account:"the shop""#),
            ("", Group::Account, r#"our "shop", here"#, "account:our account:shop account:here"),
        ] {
            assert_eq!(Filter::of_group(before, by, name), expect);
        }
    }

    #[test]
    fn a_mistake_is_told_and_the_rest_holds() {
        let fields = "only status, author, source, account, region, stage and prefix";
        check(
            "colour:red shop",
            &format!("shop shop-sandbox (there is no colour: to look for, {fields})"),
        );
        check(
            "status:broken",
            "payments-api payments-web shop shop-sandbox (there is no status broken, only failed, waiting, running, stopped, unknown and passed)",
        );
        check("\"shop", "shop (a quotation mark is not closed)");
        check("status:", "payments-api payments-web shop shop-sandbox");
        check("-", "payments-api payments-web shop shop-sandbox");
        check("é", "");
    }
}
