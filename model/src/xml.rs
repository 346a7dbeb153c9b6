//! Text inside XML: escaped for elements and attributes alike.

use std::fmt;

/// A text as XML 1.0 may hold it. Characters that XML forbids, even as references, become U+FFFD.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // A parser makes a space of these in an attribute, unless they are references.
                '\t' | '\n' | '\r' => write!(f, "&#{};", u32::from(character))?,
                '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => {
                    f.write_char(char::REPLACEMENT_CHARACTER)?;
                }
                plain => f.write_char(plain)?,
            }
        }
        Ok(())
    }
}

/// Reads an element's attributes back, as a strict parser would: for tests of well-formedness.
#[cfg(test)]
pub(crate) mod read {
    use std::collections::BTreeMap;

    /// An element's name and attributes, in the order of the document.
    pub(crate) type Element = (String, BTreeMap<String, String>);

    /// All elements of a document of ours, or what is wrong with it.
    pub(crate) fn elements(document: &str) -> Result<Vec<Element>, String> {
        let mut rest = document;
        let mut open: Vec<String> = Vec::new();
        let mut found = Vec::new();
        if let Some(after) = rest.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>") {
            rest = after.trim_start();
        }
        while !rest.is_empty() {
            let Some(tag) = rest.strip_prefix('<') else {
                let (text, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
                unescaped(text)?;
                if open.is_empty() && !text.trim().is_empty() {
                    return Err(format!("text outside the root: {text:?}"));
                }
                rest = after;
                continue;
            };
            let (tag, after) = tag.split_once('>').ok_or("a tag without end")?;
            rest = after;
            if let Some(name) = tag.strip_prefix('/') {
                if open.pop().as_deref() != Some(name) {
                    return Err(format!("closed but not open: {name}"));
                }
                continue;
            }
            let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
            let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
            if open.is_empty() && !found.is_empty() {
                return Err(format!("a second root: {name}"));
            }
            found.push((name.to_owned(), read_attributes(attributes)?));
            if !empty {
                open.push(name.to_owned());
            }
        }
        if open.is_empty() { Ok(found) } else { Err(format!("never closed: {open:?}")) }
    }

    fn read_attributes(mut rest: &str) -> Result<BTreeMap<String, String>, String> {
        let mut attributes = BTreeMap::new();
        while !rest.trim_start().is_empty() {
            let (name, after) =
                rest.trim_start().split_once("=\"").ok_or("an attribute without value")?;
            let (value, after) = after.split_once('"').ok_or("an attribute without end")?;
            if !name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-') {
                return Err(format!("no attribute's name: {name:?}"));
            }
            if attributes.insert(name.to_owned(), unescaped(value)?).is_some() {
                return Err(format!("twice: {name}"));
            }
            rest = after;
        }
        Ok(attributes)
    }

    fn unescaped(text: &str) -> Result<String, String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('&') {
            let (entity, after) = after.split_once(';').ok_or("a reference without end")?;
            out.push_str(before);
            out.push(match entity {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "#39" => '\'',
                "#9" => '\t',
                "#10" => '\n',
                "#13" => '\r',
                other => return Err(format!("unknown reference: {other}")),
            });
            rest = after;
        }
        out.push_str(rest);
        let forbidden = |character: char| matches!(character, '<' | '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}');
        if text.contains(forbidden) { Err(format!("forbidden in XML: {text:?}")) } else { Ok(out) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_what_xml_reserves_and_forbids() {
        assert_eq!(Escaped("a&b<c>d\"e'f").to_string(), "a&amp;b&lt;c&gt;d&quot;e&#39;f");
        assert_eq!(
            Escaped("\t\n\r\u{0}\u{1F}\u{FFFE}é\u{1F680}").to_string(),
            "&#9;&#10;&#13;\u{FFFD}\u{FFFD}\u{FFFD}é\u{1F680}"
        );
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>()) {
            let document = format!("<a b=\"{}\"/>", Escaped(&text));
            let elements = read::elements(&document).map_err(TestCaseError::fail)?;
            let forbidden = |character: char| matches!(character, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}');
            prop_assert_eq!(elements[0].1["b"].as_str(), text.replace(forbidden, "\u{FFFD}"));
        }
    }
}
