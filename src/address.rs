//! The syntax of the page's address: `name=value` pairs in the query and in the fragment.
//!
//! The query holds the options, so that a link is a whole configuration. The fragment holds what must not reach a server
//! or be shared: the access key (`key`) and the open pipeline (`p`).

use std::fmt::Write as _;

/// Decodes the pairs of a query or fragment, with or without its `?` or `#`.
pub fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    raw_pairs(text).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

/// Returns the first non-empty value of this name.
pub fn value(text: &str, name: &str) -> Option<String> {
    pairs(text).find(|(other, value)| other == name && !value.is_empty()).map(|(_, value)| value)
}

/// Returns the text with this value in place of the former one, or without it; the other pairs stay as they are written.
/// The result has no `?` or `#`.
pub fn with(text: &str, name: &str, value: Option<&str>) -> String {
    let pair = value.map(|value| encode_pair(name, value));
    let mut new: Vec<&str> = Vec::new();
    let mut is_replaced = false;
    for old in raw_pairs(text) {
        if decode(old.split('=').next().unwrap_or_default()) != name {
            new.push(old);
        } else if !is_replaced {
            new.extend(pair.as_deref());
            is_replaced = true;
        }
    }
    if !is_replaced {
        new.extend(pair.as_deref());
    }
    new.join("&")
}

/// Writes one pair; an empty value has no `=`.
pub fn encode_pair(name: &str, value: &str) -> String {
    if value.is_empty() { encode(name) } else { format!("{}={}", encode(name), encode(value)) }
}

fn raw_pairs(text: &str) -> impl Iterator<Item = &str> {
    text.strip_prefix(['?', '#']).unwrap_or(text).split('&').filter(|pair| !pair.is_empty())
}

/// As forms are encoded, but `:` and `,` stay readable.
fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'*' | b':' | b',' => {
                encoded.push(char::from(byte));
            }
            // Writing to a string cannot fail.
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

/// Decodes `+` and `%XX`; what is not valid stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let digit = |index: usize| {
            let digit = char::from(*after.get(index)?).to_digit(16)?;
            u8::try_from(digit).ok()
        };
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(high << 4 | low);
                rest = after.get(2..).unwrap_or_default();
            }
            (b'+', ..) => bytes.push(b' '),
            _ => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_value_leaves_the_rest_as_it_is() {
        for (text, value, expect) in [
            ("", Some("shop"), "filter=shop"),
            (
                "?group=prefix&filter=a&title=A%26B+C",
                Some("-docs prefix:\"pay\""),
                "group=prefix&filter=-docs+prefix:%22pay%22&title=A%26B+C",
            ),
            ("?filter&kiosk&filters=1", Some("é&%+#"), "filter=%C3%A9%26%25%2B%23&kiosk&filters=1"),
            ("?filter=a&kiosk&filter=b", None, "kiosk"),
            ("?kiosk", None, "kiosk"),
        ] {
            assert_eq!(with(text, "filter", value), expect);
            assert_eq!(super::value(&with(text, "filter", value), "filter").as_deref(), value);
        }
    }

    #[test]
    fn values_of_the_fragment() {
        assert_eq!(value("#key=a%2Bb", "key").as_deref(), Some("a+b"));
        assert_eq!(value("p=x&key=abc", "key").as_deref(), Some("abc"));
        assert_eq!(value("#key=", "key"), None);
        assert_eq!(value("", "key"), None);
        assert_eq!(with("#key=a/b&p=a:b:c:d", "p", None), "key=a/b");
    }

    #[test]
    fn invalid_encodings_stay_as_they_are() {
        let all =
            |text| pairs(text).map(|(name, value)| format!("{name}|{value}")).collect::<Vec<_>>();
        assert_eq!(all("?%ff=%&%5b=%5&a=b=c&&kiosk"), ["%ff|%", "[|%5", "a|b=c", "kiosk|"]);
    }
}
