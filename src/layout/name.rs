//! How wide a text is, and which part of a name is shown where it does not fit.
//!
//! Widths come from a table of the wall's own font and not from the browser, so that the layout is a pure function, the
//! same before and after the font has loaded.

use std::borrow::Cow;

/// Hundredths of an em for the characters from space to tilde, Barlow Semi Condensed 600.
#[rustfmt::skip]
const WIDTHS: [u8; 95] = [
    20, 30, 32, 64, 50, 80, 64, 15, 30, 30, 38, 46, 23, 36, 24, 42, 51, 31, 49,
    48, 52, 48, 48, 44, 48, 48, 30, 27, 46, 46, 46, 46, 79, 55, 54, 53, 54, 51,
    49, 54, 56, 24, 51, 55, 49, 63, 59, 54, 53, 52, 54, 51, 52, 56, 54, 77, 54,
    53, 48, 37, 42, 37, 44, 46, 21, 48, 50, 48, 50, 48, 33, 49, 49, 24, 23, 48,
    22, 75, 49, 49, 50, 50, 34, 45, 33, 49, 46, 68, 47, 45, 41, 33, 18, 33, 50,
];

/// Where a name may break, after the character.
const BREAKS: [char; 4] = ['-', '_', '.', '/'];

/// A name up to where it may break first.
pub fn prefix(name: &str) -> &str {
    name.split(BREAKS).next().unwrap_or_default()
}

/// How wide a text is, in em of its size.
pub fn width(text: &str) -> f32 {
    text.chars().map(char_width).sum()
}

fn char_width(char: char) -> f32 {
    let ascii = u32::from(char)
        .checked_sub(32)
        .and_then(|index| usize::try_from(index).ok())
        .and_then(|index| WIDTHS.get(index));
    match (ascii, char) {
        (Some(width), _) => f32::from(*width) / 100.0,
        // Combining marks, joiners and selectors.
        (None, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}') => 0.0,
        // Hangul, Chinese, Japanese, emoji.
        (
            None,
            '\u{1100}'..='\u{11ff}'
            | '\u{2e80}'..='\u{a4cf}'
            | '\u{ac00}'..='\u{d7af}'
            | '\u{f900}'..,
        ) => 1.05,
        (None, _) => 0.6,
    }
}

/// The width of a location behind a name, in em of the name. `size` is its type size relative to the name's.
pub fn location_width(location: &str, size: f32) -> f32 {
    size * width(location) + 0.5
}

/// How wide the wider line is when the name is broken into two, in em.
pub fn width_in_two(name: &str) -> f32 {
    let whole = width(name);
    let mut best = whole;
    let mut before = 0.0;
    for char in name.chars() {
        before += char_width(char);
        if BREAKS.contains(&char) {
            best = best.min(before.max(whole - before));
        }
    }
    best
}

/// The name with a place to break behind its punctuation; behind a hyphen every browser breaks by itself.
pub fn breakable(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 12);
    for char in name.chars() {
        text.push(char);
        if char != '-' && BREAKS.contains(&char) {
            text.push('\u{200b}');
        }
    }
    text
}

/// The name, its middle left out where it is wider than `em`; the tail tells apart what begins alike.
pub fn elide(name: &str, em: f32) -> Cow<'_, str> {
    const ELLIPSIS: f32 = 0.76;
    if width(name) <= em {
        return Cow::Borrowed(name);
    }
    let room = (em - ELLIPSIS).max(0.0);
    let (mut head, mut tail) = (String::new(), Vec::new());
    let mut left = room * 0.56;
    for char in name.chars() {
        left -= char_width(char);
        if left < 0.0 {
            break;
        }
        head.push(char);
    }
    let mut left = room - width(&head);
    for char in name.chars().rev() {
        left -= char_width(char);
        if left < 0.0 {
            break;
        }
        tail.push(char);
    }
    head.push('…');
    head.extend(tail.iter().rev());
    Cow::Owned(head)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check_elided(name: &str, em: f32, expect: &str) {
        assert_eq!(elide(name, em), expect);
    }

    #[test]
    fn a_name_loses_its_middle_and_keeps_its_tail() {
        check_elided("shop", 6.0, "shop");
        check_elided("infra-network-eu-west-1", 7.4, "infra-net…-west-1");
        check_elided("infra-network-us-east-1", 7.4, "infra-net…-east-1");
        check_elided("x", 0.0, "…");
        check_elided("", 0.0, "");
    }

    #[test]
    fn widths_are_the_font_s() {
        for (text, expect) in [
            ("", 0.0),
            ("shop", 1.93),
            ("MMMM", 2.52),
            ("iiii", 0.96),
            ("日本", 2.1),
            ("e\u{301}", 0.48),
        ] {
            assert!((width(text) - expect).abs() < 0.005, "{text}: {}", width(text));
        }
    }

    #[test]
    fn names_break_behind_their_punctuation() {
        assert_eq!(
            breakable("data-lake_ingest.eu/x").split('\u{200b}').collect::<Vec<_>>(),
            ["data-lake_", "ingest.", "eu/", "x"]
        );
        assert_eq!(breakable("shop"), "shop");
        assert!((width_in_two("aaaa-bbbb") - width("bbbb").max(width("aaaa-"))).abs() < 0.001);
        assert!((width_in_two("aaaabbbb") - width("aaaabbbb")).abs() < f32::EPSILON);
    }

    proptest! {
        #[test]
        fn an_elided_name_fits_and_is_made_of_the_name_s_ends(name in "\\PC{0,100}", em in 0.8_f32..40.0) {
            // With an ellipsis of its own a name's ends can't be told from outside.
            prop_assume!(!name.contains('…'));
            let shown = elide(&name, em);
            prop_assert!(width(&shown) <= em + 0.01 || shown == name);
            if let Some((head, tail)) = shown.split_once('…').filter(|_| shown != name) {
                prop_assert!(name.starts_with(head) && name.ends_with(tail));
            }
        }
    }
}
