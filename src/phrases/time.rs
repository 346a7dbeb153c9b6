//! Spans of time.

/// A span to the second below an hour: "42 s", "4 min 10 s", "2 h 10 min", "3 d 4 h".
pub fn exact(seconds: u64) -> String {
    match seconds {
        60..3600 => two_units(seconds / 60, "min", seconds % 60, "s"),
        _ => long(seconds),
    }
}

/// As [`exact`], with two digits for the seconds, so that a text that ticks keeps its width.
pub fn exact_padded(seconds: u64) -> String {
    match seconds {
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => exact(seconds),
    }
}

/// A span in its two largest units, from minutes up: "42 s", "26 min", "2 h 10 min", "3 d 4 h".
pub fn long(seconds: u64) -> String {
    match seconds {
        3600..86_400 => two_units(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        86_400.. => two_units(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
        _ => rough(seconds),
    }
}

/// A span in its largest unit: "42 s", "26 min", "2 h", "3 d".
pub fn rough(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// "just now" in the first minute, then "26 min ago".
pub fn ago(seconds: u64) -> String {
    if seconds < 60 { "just now".to_owned() } else { format!("{} ago", rough(seconds)) }
}

fn two_units(large: u64, unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large} {unit}")
    } else {
        format!("{large} {unit} {small} {small_unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        for (seconds, expect) in [
            (0, "0 s | 0 s | 0 s | just now"),
            (59, "59 s | 59 s | 59 s | just now"),
            (60, "1 min | 1 min | 1 min | 1 min ago"),
            (61, "1 min 1 s | 1 min | 1 min | 1 min ago"),
            (250, "4 min 10 s | 4 min | 4 min | 4 min ago"),
            (3_599, "59 min 59 s | 59 min | 59 min | 59 min ago"),
            (3_600, "1 h | 1 h | 1 h | 1 h ago"),
            (3_659, "1 h | 1 h | 1 h | 1 h ago"),
            (3_660, "1 h 1 min | 1 h 1 min | 1 h | 1 h ago"),
            (7_800, "2 h 10 min | 2 h 10 min | 2 h | 2 h ago"),
            (86_399, "23 h 59 min | 23 h 59 min | 23 h | 23 h ago"),
            (86_400, "1 d | 1 d | 1 d | 1 d ago"),
            (89_999, "1 d | 1 d | 1 d | 1 d ago"),
            (273_600, "3 d 4 h | 3 d 4 h | 3 d | 3 d ago"),
            (
                9_000_000_000_000,
                "104166666 d 16 h | 104166666 d 16 h | 104166666 d | 104166666 d ago",
            ),
        ] {
            let spans = [exact(seconds), long(seconds), rough(seconds), ago(seconds)];
            assert_eq!(spans.join(" | "), expect);
        }
        assert_eq!(long(u64::MAX), "213503982334601 d 7 h");
        assert_eq!(exact_padded(424), "7 min 04 s");
        assert_eq!(exact_padded(9), "9 s");
    }
}
