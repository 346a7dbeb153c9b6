//! The border for strangers' text: commit messages, authors, summaries, names, links.
//!
//! Two kinds, two rules:
//! - **What is only shown** ([`line()`], [`author`], [`revision`], [`link()`]) is cleaned: the first line that says
//!   something, without control, bidi and other invisible characters, white space collapsed, secrets and e-mail
//!   addresses replaced by `***`, cut to a cap with an ellipsis. What is left of a text without anything to show is
//!   `None`. A link that would have to be changed in its meaning is dropped instead.
//! - **What is a key** ([`name`]: pipelines, runs, stages, actions) is taken as it is or refused, because cleaning or
//!   cutting could make two keys one. Where a refusal would help nobody, because the sender cannot change the name,
//!   `key` makes another key of it: cleaned, cut, and unique by a hash.
//!
//! Cleaning is idempotent and linear in the text's length, and its results are text, never markup: whoever draws or
//! writes them escapes for his own format.

use std::borrow::Cow;

use crate::fnv::fnv1a;

mod link;
mod secret;

pub use link::{commit_link, commit_link_at, link, path_segment};
pub(crate) use link::{made_link, percent_decoded};

/// What stands for an ellipsis where a text was cut. Counts as one character of the cap.
const ELLIPSIS: char = '…';

/// Characters kept of a commit message's first line.
pub const MESSAGE_CAP: usize = 120;

/// Characters kept of a person's name.
pub const AUTHOR_CAP: usize = 64;

/// Characters kept of what a CI says of a result.
pub const SUMMARY_CAP: usize = 300;

/// Characters kept of a CI's own words: kind of an action, error code, trigger.
pub const WORD_CAP: usize = 80;

/// Characters kept of a revision that is no hash.
pub const REVISION_CAP: usize = 20;

/// Characters that a name may have. GitLab allows 255 for jobs and stages, most file systems as many bytes.
///
/// Source: <https://docs.gitlab.com/ci/jobs/#job-name-limitations>
pub const NAME_MAX: usize = 255;

/// Characters of a text that count, whatever its length.
pub(crate) const READ_MAX: usize = 2_048;

/// Why a text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Nothing in it but white space.
    #[error("empty")]
    Empty,
    /// Over [`NAME_MAX`] characters.
    #[error("longer than {NAME_MAX} characters")]
    TooLong,
    /// Has control, bidi or invisible characters, with which two names look the same.
    #[error("has control or invisible characters")]
    Invisible,
}

/// A key as it came: a name of a pipeline, run, stage or action.
///
/// # Errors
/// When it is blank, over [`NAME_MAX`] characters long, or has characters that can't be seen.
pub fn name(raw: &str) -> Result<&str, InvalidName> {
    if raw.trim().is_empty() {
        return Err(InvalidName::Empty);
    }
    // No character has more than four bytes, so that a huge text is not walked through.
    if raw.len() > NAME_MAX * 4 || raw.chars().count() > NAME_MAX {
        return Err(InvalidName::TooLong);
    }
    if raw.chars().any(|character| is_line_break(character) || is_invisible(character)) {
        return Err(InvalidName::Invisible);
    }
    Ok(raw)
}

/// A key of a name that its sender cannot change: the name itself where it is fit to be a key, else its cleaned text, at
/// most `cap` characters, with a hash of its first [`READ_MAX`] characters. `None` when nothing of it can be seen.
pub(crate) fn key(raw: &str, cap: usize) -> Option<Cow<'_, str>> {
    if let Ok(name) = name(raw)
        && name.chars().count() <= cap
    {
        return Some(Cow::Borrowed(name));
    }
    let read: String = raw.chars().take(READ_MAX).collect();
    let hash = format!(" #{:08x}", fnv1a(&read) >> 32);
    let shown = line(&read, cap.saturating_sub(hash.len()))?;
    Some(Cow::Owned(shown + &hash))
}

/// The first line that says something, cleaned, at most `cap` characters. `None` when nothing is left.
pub fn line(raw: &str, cap: usize) -> Option<String> {
    let line = raw.split(is_line_break).map(visible).find(|line| !line.is_empty())?;
    Some(cut(secret::masked(line), cap)).filter(|line| !line.is_empty())
}

/// A person's display name, at most [`AUTHOR_CAP`] characters, never an e-mail address.
///
/// Of `Ada Lovelace <ada@example.org>` the name stays. A bare address says nothing, but for the public login inside
/// GitHub's `12345+login@users.noreply.github.com`. Machines' names for people (ARNs, `{uuid}`) say nothing either.
pub fn author(raw: &str) -> Option<String> {
    let line = raw.split(is_line_break).map(visible).find(|line| !line.is_empty())?;
    let (before, inside) = line.split_once('<').unwrap_or((&line, ""));
    let shown = if has_letter(before) { before } else { inside.trim_end_matches('>') };
    if shown.starts_with("arn:") || shown.starts_with('{') {
        return None;
    }
    if let Some(local) = shown.trim().strip_suffix("@users.noreply.github.com") {
        let login = local.rsplit('+').next().unwrap_or(local);
        return self::line(login, AUTHOR_CAP).filter(|login| has_letter(login));
    }
    let masked = secret::masked(shown.to_owned()).replace(secret::MASK, " ");
    let name = visible(&masked);
    let name = name.trim_matches(|edge: char| edge.is_whitespace() || "\"'<>,;:".contains(edge));
    let name = name.strip_prefix('(').and_then(|name| name.strip_suffix(')')).unwrap_or(name);
    has_letter(name).then(|| self::line(name, AUTHOR_CAP)).flatten()
}

/// What people say of a commit: seven characters of a hash, else at most [`REVISION_CAP`] characters.
pub fn revision(raw: &str) -> Option<String> {
    const SAID: usize = 7;
    let line = line(raw, WORD_CAP)?;
    let (scheme, hash) = match line.strip_prefix("sha256:") {
        Some(hash) => ("sha256:", hash),
        None => ("", line.as_str()),
    };
    if is_hash(hash) {
        return Some(scheme.chars().chain(hash.chars().take(SAID)).collect());
    }
    self::line(&line, REVISION_CAP)
}

/// Whether a text is a hash in hexadecimal, as Git (40 or 64 digits, or cut to 7 and more) and registries write it.
pub(crate) fn is_hash(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn has_letter(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// The text without invisible characters, its white space collapsed and trimmed.
fn visible(line: &str) -> String {
    let mut out = String::with_capacity(line.len().min(1024));
    let mut gap = false;
    for character in line.chars() {
        if character.is_whitespace() {
            gap = true;
        } else if !is_invisible(character) {
            if gap && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            out.push(character);
        }
    }
    out
}

/// At most `cap` characters, the last one an ellipsis where something was cut.
fn cut(text: String, cap: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(cap) else {
        return text;
    };
    let Some(last) = cap.checked_sub(1) else {
        return String::new();
    };
    let kept = text.get(..end).unwrap_or_default();
    // A joiner that joins nothing any more would join the ellipsis.
    let mut short: String = kept.chars().take(last).collect();
    short.truncate(
        short.trim_end_matches(|edge: char| edge.is_whitespace() || edge == '\u{200D}').len(),
    );
    short.push(ELLIPSIS);
    short
}

fn is_line_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{0B}' | '\u{0C}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Characters that change how others are shown, or show nothing. Joiners stay (emoji and Persian need them).
fn is_invisible(character: char) -> bool {
    match character {
        '\u{AD}'
        | '\u{34F}'
        | '\u{61C}'
        | '\u{115F}'
        | '\u{1160}'
        | '\u{17B4}'
        | '\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'
        | '\u{200E}'
        | '\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{3164}'
        | '\u{FDD0}'..='\u{FDEF}'
        | '\u{FEFF}'
        | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E007F}' => true,
        other => other.is_control() || u32::from(other) & 0xFFFE == 0xFFFE,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check_line(raw: &str, expect: &str) {
        assert_eq!(line(raw, 40).unwrap_or_default(), expect);
    }

    #[test]
    fn a_line_is_the_first_that_says_something() {
        check_line("fix: cap retries\n\nlong story", "fix: cap retries");
        check_line("\r\n  \u{200B}\n\tsecond\u{2028}third", "second");
        check_line("  a \u{3000} b\t\tc ", "a b c");
        check_line("", "");
        check_line(" \u{202E}\n\u{7}", "");
    }

    #[test]
    fn a_line_has_no_invisible_characters() {
        check_line("a\u{202E}b\u{2066}c\u{200F}d\u{0}e\u{FFFE}f\u{AD}g\u{E0041}h", "abcdefgh");
        check_line(
            "\u{1F468}\u{200D}\u{1F680} into orbit",
            "\u{1F468}\u{200D}\u{1F680} into orbit",
        );
        check_line("می\u{200C}خواهم", "می\u{200C}خواهم");
        check_line("<script>alert(1)</script>", "<script>alert(1)</script>");
    }

    #[test]
    fn a_line_is_cut_with_an_ellipsis() {
        assert_eq!(line("0123456789", 10).as_deref(), Some("0123456789"));
        assert_eq!(line("0123456789a", 10).as_deref(), Some("012345678…"));
        assert_eq!(line("01234567 9ab", 10).as_deref(), Some("01234567…"));
        assert_eq!(line("日本語日本語", 4).as_deref(), Some("日本語…"));
        assert_eq!(
            line("ab\u{1F468}\u{200D}\u{1F680}", 5).as_deref(),
            Some("ab\u{1F468}\u{200D}\u{1F680}")
        );
        assert_eq!(line("ab\u{1F468}\u{200D}\u{1F680}c", 5).as_deref(), Some("ab\u{1F468}…"));
        assert_eq!(line("ab", 1).as_deref(), Some("…"));
        assert_eq!(line("ab", 0), None);
    }

    #[track_caller]
    fn check_author(raw: &str, expect: &str) {
        assert_eq!(author(raw).unwrap_or_default(), expect);
    }

    #[test]
    fn an_author_is_a_name_and_never_an_address() {
        check_author("Ada Lovelace", "Ada Lovelace");
        check_author("Ada Lovelace <ada@example.org>", "Ada Lovelace");
        check_author("\"Lovelace, Ada\" <ada@example.org>", "Lovelace, Ada");
        check_author("ada@example.org (Ada)", "Ada");
        check_author("ada@example.org", "");
        check_author("<ada@example.org>", "");
        check_author("12345+octocat@users.noreply.github.com", "octocat");
        check_author("Octo <12345+octocat@users.noreply.github.com>", "Octo");
        check_author("dependabot[bot]", "dependabot[bot]");
        check_author("Ada (platform)", "Ada (platform)");
        check_author("arn:aws:sts::111122223333:assumed-role/Admin/ada", "");
        check_author("{9a1c2d3e-0000-4000-8000-000000000000}", "");
        check_author("Žofie 山田 👩‍💻", "Žofie 山田 👩‍💻");
        check_author("---", "");
    }

    #[track_caller]
    fn check_revision(raw: &str, expect: &str) {
        assert_eq!(revision(raw).unwrap_or_default(), expect);
    }

    #[test]
    fn a_revision_is_what_people_say_of_it() {
        check_revision("9f3c1e0b6a7d4c2f8e5b1a0d9c8b7a6f5e4d3c2b", "9f3c1e0");
        check_revision("9F3C1E0B", "9F3C1E0");
        check_revision(
            "sha256:9f3c1e0b6a7d4c2f8e5b1a0d9c8b7a6f5e4d3c2b9f3c1e0b6a7d4c2f8e5b1a0d",
            "sha256:9f3c1e0",
        );
        check_revision("r4711", "r4711");
        check_revision("kJ2mQ9vX4nR7tY1pL5wZ8sD3fG6hB0cA", "kJ2mQ9vX4nR7tY1pL5w…");
        check_revision("", "");
    }

    #[track_caller]
    fn check_name(raw: &str, expect: Result<(), InvalidName>) {
        assert_eq!(name(raw), expect.map(|()| raw));
    }

    #[test]
    fn a_name_is_taken_as_it_is_or_refused() {
        check_name("shop", Ok(()));
        check_name("<script>", Ok(()));
        check_name("קופה", Ok(()));
        check_name("👩‍💻", Ok(()));
        check_name(" ", Err(InvalidName::Empty));
        check_name("", Err(InvalidName::Empty));
        check_name(&"x".repeat(NAME_MAX), Ok(()));
        check_name(&"x".repeat(NAME_MAX + 1), Err(InvalidName::TooLong));
        check_name(&"é".repeat(NAME_MAX), Ok(()));
        check_name(&"x".repeat(10_000), Err(InvalidName::TooLong));
        check_name("sh\u{202E}op", Err(InvalidName::Invisible));
        check_name("shop\n", Err(InvalidName::Invisible));
        check_name("sh\top", Err(InvalidName::Invisible));
    }

    #[track_caller]
    fn check_key(raw: &str, expect: Option<&str>) {
        let key = key(raw, NAME_MAX);
        assert_eq!(key.as_deref(), expect);
        if let Some(key) = key {
            assert_eq!(name(&key), Ok(&*key));
        }
    }

    #[test]
    fn a_key_is_the_name_or_what_can_be_seen_of_it_with_a_hash() {
        check_key("shop", Some("shop"));
        check_key(" shop ", Some(" shop "));
        check_key(&"é".repeat(NAME_MAX), Some(&"é".repeat(NAME_MAX)));
        check_key("sh\u{202E}op", Some("shop #c077896c"));
        check_key("sh\u{200B}op", Some("shop #fe707c6d"));
        check_key(
            &"x".repeat(NAME_MAX + 1),
            Some(&format!("{}… #295fa478", "x".repeat(NAME_MAX - 11))),
        );
        for none in ["", " ", "\u{202E}", "\n\t"] {
            check_key(none, None);
        }
    }

    #[test]
    fn what_lies_behind_all_that_is_read_of_a_text_makes_no_other_key() {
        let long = "x".repeat(READ_MAX);
        assert_eq!(key(&long, 40), key(&format!("{long}y"), 40));
        assert_ne!(key(&long, 40), key(&format!("y{long}"), 40));
    }

    /// Texts that come near the rules: their pieces, glued in any order.
    fn near_the_rules() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "\\PC{0,6}",
            any::<char>().prop_map(String::from),
            prop::sample::select(vec![
                " ",
                "\n",
                "@",
                ".",
                "=",
                ":",
                "://",
                "'",
                "\"",
                "/",
                "*",
                "***",
                "…",
                "token",
                "password",
                "bearer ",
                "a@b.cc",
                "eyJ",
                "<",
                ">",
                "git@",
                "AKIA",
                "ghp_",
                "xoxb-",
                "ABCDEFGHIJKLMNOP",
                "abcdefgh1234567890",
                "-----BEGIN",
                "sha256:",
                "\u{200D}",
                "\u{202E}",
                "\u{85}",
                "arn:",
                "arn:aws:iam::",
                "1:role/x",
                "DB_PASS=",
                "sig=",
                "tru",
                "e",
                "5",
                "hooks.slack.com/",
                "SG.",
                "sk-proj-",
                "{",
            ])
            .prop_map(str::to_owned),
        ];
        prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn a_cleaned_line_is_short_visible_and_stays(raw in near_the_rules(), cap in 0_usize..60) {
            let Some(clean) = line(&raw, cap) else { return Ok(()) };
            prop_assert!(clean.chars().count() <= cap);
            prop_assert!(!clean.chars().any(|character| is_line_break(character) || is_invisible(character)));
            prop_assert_eq!(clean.trim(), clean.as_str());
            prop_assert_eq!(line(&clean, cap), Some(clean));
        }

        #[test]
        fn a_key_is_a_name(raw in near_the_rules(), cap in 20_usize..60) {
            let Some(key) = key(&raw, cap) else {
                prop_assert_eq!(line(&raw, cap), None);
                return Ok(());
            };
            prop_assert_eq!(name(&key), Ok(&*key));
            prop_assert!(key.chars().count() <= cap);
        }

        #[test]
        fn an_author_is_short_and_no_address(raw in near_the_rules()) {
            let Some(clean) = author(&raw) else { return Ok(()) };
            prop_assert!(clean.chars().count() <= AUTHOR_CAP);
            prop_assert!(!clean.contains("a@b.cc"));
            prop_assert!(has_letter(&clean));
        }
    }
}
