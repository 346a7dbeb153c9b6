//! A pipeline's badge, in the flat form that everybody's have.
//!
//! The widths are those of Verdana at 11 px, so that the text fits where Verdana is installed, and `textLength` makes
//! it fit elsewhere. White on each colour has a contrast of at least 4.5:1. No ids and no styles, so that many badges
//! can stand in one document.

use crate::{Status, text, xml::Escaped};

/// Characters shown of a label.
const LABEL_CAP: usize = 80;

/// Beside and between the texts, in hundredths of a pixel.
const PADDING: u32 = 500;

/// Cleans the text of a label and cuts it to 80 characters. `None` when nothing is left of it.
pub fn label(text: &str) -> Option<String> {
    text::line(text, LABEL_CAP)
}

/// The badge of a pipeline: its label at the left, its status at the right. `None`: the pipeline is not known.
///
/// The label is cleaned as by [`label()`]; an empty one becomes `pipeline`.
pub fn svg(label: &str, status: Option<Status>) -> String {
    let label = self::label(label).unwrap_or_else(|| "pipeline".to_owned());
    let (word, colour) = match status {
        Some(Status::Succeeded) => ("passing", "#2b7550"),
        Some(Status::Failed) => ("failing", "#d62b2f"),
        Some(Status::Started) => ("running", "#2468c2"),
        Some(Status::Waiting) => ("waiting", "#a86200"),
        Some(Status::Stopped) => ("stopped", "#545f6b"),
        Some(Status::Unknown) | None => ("unknown", "#545f6b"),
    };
    let (left, right) = (Half::of(&label), Half::of(word));
    let (label, whole, half) = (Escaped(&label), left.width + right.width, left.width);
    let (label_middle, word_middle) = (middle(0, left.width), middle(left.width, right.width));
    let (label_length, word_length) = (pixels(left.text), pixels(right.text));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{whole}\" height=\"20\" role=\"img\" aria-label=\"{label}: {word}\">\
         <title>{label}: {word}</title>\
         <rect width=\"{whole}\" height=\"20\" rx=\"3\" fill=\"{colour}\"/>\
         <path d=\"M3 0h{}v20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z\" fill=\"#3d4853\"/>\
         <g fill=\"#fff\" text-anchor=\"middle\" font-family=\"Verdana,Geneva,DejaVu Sans,sans-serif\" font-size=\"11\">\
         <text x=\"{label_middle}\" y=\"14\" textLength=\"{label_length}\">{label}</text>\
         <text x=\"{word_middle}\" y=\"14\" textLength=\"{word_length}\">{word}</text>\
         </g></svg>\n",
        half - 3,
    )
}

/// One half of a badge.
struct Half {
    /// The text's width in hundredths of a pixel.
    text: u32,
    /// The half's own width in whole pixels.
    width: u32,
}

impl Half {
    fn of(text: &str) -> Self {
        let text = text.chars().map(width).sum::<u32>().max(100);
        Self { text, width: (text + 2 * PADDING).div_ceil(100) }
    }
}

/// The middle of a half that begins at `start`, in pixels.
fn middle(start: u32, width: u32) -> String {
    pixels(start * 100 + width * 50)
}

/// Hundredths as a decimal number without needless zeros.
fn pixels(hundredths: u32) -> String {
    let shown = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    shown.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Widths of U+0020 to U+007E in Verdana at 11 px, in hundredths of a pixel.
#[rustfmt::skip]
const ASCII: [u32; 95] = [
    387, 433, 505, 900, 699, 1184, 799, 295, 500, 500, 699, 900, 400, 500, 400, 500, 699, 699, 699,
    699, 699, 699, 699, 699, 699, 699, 500, 500, 900, 900, 900, 600, 1100, 752, 754, 768, 848, 696,
    632, 853, 827, 463, 500, 762, 612, 927, 823, 866, 663, 866, 765, 752, 678, 805, 752, 1088, 754,
    677, 754, 500, 500, 500, 900, 699, 699, 661, 685, 573, 685, 655, 387, 685, 696, 302, 379, 651,
    302, 1070, 696, 668, 685, 685, 469, 573, 433, 696, 651, 900, 651, 651, 578, 698, 500, 698, 900,
];

/// A character's width in hundredths of a pixel; beyond ASCII by its kind.
fn width(character: char) -> u32 {
    let code = u32::from(character);
    let ascii = code
        .checked_sub(0x20)
        .and_then(|index| usize::try_from(index).ok())
        .and_then(|index| ASCII.get(index));
    match (ascii, code) {
        (Some(width), _) => *width,
        // Marks that stand on the character before, joiners, variation selectors.
        (
            _,
            0x300..=0x36F | 0x200C..=0x200D | 0x20D0..=0x20FF | 0xFE00..=0xFE0F | 0xE0100..=0xE01EF,
        ) => 0,
        // As wide as high: Hangul, kana, ideographs, full-width forms.
        (
            _,
            0x1100..=0x115F
            | 0x2E80..=0xA4CF
            | 0xAC00..=0xD7A3
            | 0xF900..=0xFAFF
            | 0xFF00..=0xFF60
            | 0x20000..=0x3FFFD,
        ) => 1100,
        // Pictures.
        (_, 0x2600..=0x27BF | 0x1F000..=0x1FAFF) => 1400,
        (_, 0x2026) => 900,
        _ => 700,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;
    use crate::xml::read::elements;

    #[track_caller]
    fn check(label: &str, status: Option<Status>, expect: &Expect) {
        let badge = svg(label, status);
        elements(&badge).unwrap();
        expect.assert_eq(&badge.replace("><", ">\n<"));
    }

    #[test]
    fn a_badge_says_name_and_status() {
        check(
            "shop",
            Some(Status::Succeeded),
            &expect![[r##"
            <svg xmlns="http://www.w3.org/2000/svg" width="89" height="20" role="img" aria-label="shop: passing">
            <title>shop: passing</title>
            <rect width="89" height="20" rx="3" fill="#2b7550"/>
            <path d="M3 0h34v20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="#3d4853"/>
            <g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">
            <text x="18.5" y="14" textLength="26.22">shop</text>
            <text x="63" y="14" textLength="41.75">passing</text>
            </g>
            </svg>
        "##]],
        );
    }

    #[test]
    fn strangers_names_are_text() {
        check(
            "<b>&\"\u{202E}日本",
            None,
            &expect![[r##"
            <svg xmlns="http://www.w3.org/2000/svg" width="131" height="20" role="img" aria-label="&lt;b&gt;&amp;&quot;日本: unknown">
            <title>&lt;b&gt;&amp;&quot;日本: unknown</title>
            <rect width="131" height="20" rx="3" fill="#545f6b"/>
            <path d="M3 0h67v20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="#3d4853"/>
            <g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">
            <text x="35" y="14" textLength="59.89">&lt;b&gt;&amp;&quot;日本</text>
            <text x="100.5" y="14" textLength="50.03">unknown</text>
            </g>
            </svg>
        "##]],
        );
    }

    #[track_caller]
    fn check_word(status: Option<Status>, expect: &str) {
        let badge = elements(&svg("shop", status)).unwrap();
        assert_eq!(badge[0].1["aria-label"], expect);
    }

    #[test]
    fn each_status_has_its_word() {
        check_word(Some(Status::Succeeded), "shop: passing");
        check_word(Some(Status::Failed), "shop: failing");
        check_word(Some(Status::Started), "shop: running");
        check_word(Some(Status::Waiting), "shop: waiting");
        check_word(Some(Status::Stopped), "shop: stopped");
        check_word(Some(Status::Unknown), "shop: unknown");
        check_word(None, "shop: unknown");
    }

    #[test]
    fn widths_are_verdanas() {
        let width_of = |text: &str| text.chars().map(width).sum::<u32>();
        assert_eq!(width_of("shop"), 573 + 696 + 668 + 685);
        assert_eq!(width_of("日本"), 2200);
        assert_eq!(width_of("e\u{301}"), 655);
        assert_eq!(pixels(1230), "12.3");
        assert_eq!(pixels(1200), "12");
        assert_eq!(pixels(5), "0.05");
    }

    proptest! {
        #[test]
        fn any_label_gives_a_well_formed_badge(label in any::<String>()) {
            let badge = svg(&label, Some(Status::Failed));
            let elements = elements(&badge).map_err(TestCaseError::fail)?;
            let shown = text::line(&label, LABEL_CAP).unwrap_or_else(|| "pipeline".to_owned());
            let title = format!("{shown}: failing");
            prop_assert_eq!(elements[0].1["aria-label"].as_str(), title.as_str());
            prop_assert!(elements[0].1["width"].parse::<u32>().is_ok_and(|width| (50..1300).contains(&width)));
        }
    }
}
