//! Numbers in words of digits.
//!
//! The standard library's way brings padding, signs and formatters with it: two kilobytes of WebAssembly.

/// A whole number in decimal digits.
pub fn digits(number: impl TryInto<i64>) -> String {
    written(number.try_into().unwrap_or(i64::MAX))
}

fn written(number: i64) -> String {
    let mut rest = number.unsigned_abs();
    let mut text = Vec::new();
    loop {
        text.push(char::from(b'0' + u8::try_from(rest % 10).unwrap_or_default()));
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        text.push('-');
    }
    text.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn a_number_is_written_as_everywhere() {
        for number in [0, 1, 9, 10, 99, 100, -1, -10, 1_234_567_890, i64::MAX, i64::MIN] {
            assert_eq!(digits(number), number.to_string());
        }
        assert_eq!(
            (digits(7_u8), digits(7_usize), digits(u64::MAX)),
            ("7".to_owned(), "7".to_owned(), i64::MAX.to_string())
        );
    }
}
