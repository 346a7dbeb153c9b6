//! Finds secrets and e-mail addresses in one line of text and masks them.
//!
//! What is found: user and password of a URL, assignments to a name that ends like `token` or `password`, tokens of
//! AWS, GitHub, GitLab, Slack, npm, Google and Stripe by their prefix, JWTs, `Bearer` and `Basic` credentials, PEM
//! blocks, e-mail addresses (but `git@host`, which is nobody's). A commit's hash or a version (`react@18.2.0`) is none.
//!
//! Invariant: whatever is found in the beginning of a text is found in the whole text, so that cutting a masked text
//! never makes something that would be masked.

use std::ops::Range;

/// What stands where something was dropped. None of its characters takes part in a rule.
pub(super) const MASK: &str = "***";

/// Beginnings of well-known tokens, and how many token characters follow at least.
const PREFIXES: [(&str, usize); 26] = [
    ("AKIA", 16),
    ("ASIA", 16),
    ("ABIA", 16),
    ("ACCA", 16),
    ("ghp_", 16),
    ("gho_", 16),
    ("ghu_", 16),
    ("ghs_", 16),
    ("ghr_", 16),
    ("github_pat_", 16),
    ("glpat-", 16),
    ("gldt-", 16),
    ("xoxa-", 8),
    ("xoxb-", 8),
    ("xoxe-", 8),
    ("xoxp-", 8),
    ("xoxr-", 8),
    ("xoxs-", 8),
    ("xapp-", 8),
    ("npm_", 30),
    ("AIza", 30),
    ("sk_live_", 16),
    ("rk_live_", 16),
    ("sk-ant-", 16),
    ("dckr_pat_", 16),
    ("hf_", 30),
];

/// No token that is known by how it begins has fewer characters, up to its first dot.
const SHORTEST_TOKEN: usize = 12;

/// Endings of names whose value is a secret, in lower case, `-` and `_` left out.
const SECRET_NAMES: [&str; 10] =
    ["token", "password", "passwd", "pwd", "secret", "apikey", "accesskey", "secretkey", "signature", "credential"];

/// The longest name that is looked at before an assignment.
const NAME_REACH: usize = 64;

/// Replaces every secret and address by [`MASK`].
pub(super) fn masked(mut line: String) -> String {
    // A mask can bring two halves of a rule together (`://` and `@` with a quoted slash between); each round that
    // changes something leaves fewer characters unmasked, so this ends.
    while let Some(next) = round(&line) {
        line = next;
    }
    line
}

/// One round of all rules; `None` when nothing was found.
fn round(line: &str) -> Option<String> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, _) in line.match_indices("-----BEGIN") {
        found.push(at..line.len());
    }
    for (at, separator) in line.match_indices("://") {
        found.extend(user_info(line, at + separator.len()));
    }
    for (at, _) in line.match_indices(['=', ':']) {
        found.extend(assigned(line, at));
    }
    for (at, _) in line.match_indices('@') {
        found.extend(address(line, at));
    }
    found.extend(tokens(line));
    if found.is_empty() {
        return None;
    }
    found.sort_by_key(|range| (range.start, range.end));
    let mut out = String::with_capacity(line.len());
    let mut done = 0;
    for range in found {
        if range.start >= done {
            out.push_str(line.get(done..range.start).unwrap_or_default());
            out.push_str(MASK);
        }
        done = done.max(range.end);
    }
    out.push_str(line.get(done..).unwrap_or_default());
    Some(out)
}

/// A range worth masking: something that is not masked already.
fn worth(line: &str, range: Range<usize>) -> Option<Range<usize>> {
    let masked = |character| matches!(character, '*' | super::ELLIPSIS);
    line.get(range.clone()).is_some_and(|text| !text.chars().all(masked)).then_some(range)
}

/// `user:password` of an authority that begins at `start`.
fn user_info(line: &str, start: usize) -> Option<Range<usize>> {
    let authority = line.get(start..)?.split(|end: char| matches!(end, '/' | '?' | '#') || end.is_whitespace()).next()?;
    worth(line, start..start + authority.rfind('@')?)
}

/// The value behind `name=` or `"name":`, where the name is a secret's.
fn assigned(line: &str, at: usize) -> Option<Range<usize>> {
    let (before, after) = (line.get(..at)?, line.get(at + 1..)?);
    let unquoted = before.trim_end().trim_end_matches(['"', '\'']);
    let quoted = unquoted.len() < before.trim_end().len();
    // "token: refresh" is how people head their messages, so that a colon assigns to quoted names only.
    if line.get(at..=at) == Some(":") && !quoted {
        return None;
    }
    let mut name = String::with_capacity(NAME_REACH);
    for byte in unquoted.bytes().rev().filter(|byte| !matches!(byte, b'_' | b'-')).take(NAME_REACH) {
        if !byte.is_ascii_alphanumeric() {
            break;
        }
        name.insert(0, char::from(byte.to_ascii_lowercase()));
    }
    if !SECRET_NAMES.iter().any(|ending| name.ends_with(ending)) {
        return None;
    }
    let value = after.trim_start();
    let mut start = line.len() - value.len();
    let opening = value.chars().next().filter(|first| matches!(first, '"' | '\''));
    start += opening.map_or(0, char::len_utf8);
    let value = line.get(start..)?;
    let length = match opening {
        Some(quote) => value.find(quote).unwrap_or(value.len()),
        None => value.find(|end: char| end.is_whitespace() || "\"'&;,)>".contains(end)).unwrap_or(value.len()),
    };
    if length == 0 { None } else { worth(line, start..start + length) }
}

/// The e-mail address around the `@` at `at`.
fn address(line: &str, at: usize) -> Option<Range<usize>> {
    let local_char = |part: char| part.is_alphanumeric() || ".!#$%&'+-/=?^_`{|}~".contains(part);
    let (before, after) = (line.get(..at)?, line.get(at + 1..)?);
    // Of these characters, allowed in addresses, none begins or ends one in prose.
    let local = before.get(before.trim_end_matches(local_char).len()..)?;
    let local = local.rsplit(['/', '=', '\'', '`', '{', '|', '?', '&']).next()?;
    if local.is_empty() || local == "git" {
        return None;
    }
    let domain_length = after.find(|end: char| !end.is_alphanumeric() && end != '-' && end != '.').unwrap_or(after.len());
    let domain = after.get(..domain_length)?;
    let top_level = |label: &str| label.chars().take_while(|letter| letter.is_alphabetic()).count() >= 2;
    if domain.starts_with('.') || !domain.split('.').skip(1).any(top_level) {
        return None;
    }
    Some(at - local.len()..at + 1 + domain_length)
}

/// Tokens that are known by how they begin.
fn tokens(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut previous = None;
    for (at, character) in line.char_indices() {
        let begins = character.is_ascii_alphabetic() && !previous.is_some_and(|before: char| before.is_alphanumeric() || before == '_');
        previous = Some(character);
        let Some(rest) = line.get(at..).filter(|_| begins) else { continue };
        if let Some((skipped, length)) = credential(rest) {
            found.push(at + skipped..at + skipped + length);
        }
        let run = token_length(rest);
        if run >= SHORTEST_TOKEN
            && let Some(length) = known_token(rest, run).or_else(|| web_token(rest, run))
        {
            found.push(at..at + length);
        }
    }
    found
}

/// How long the run of token characters is that `text` begins with.
fn token_length(text: &str) -> usize {
    text.bytes().take_while(|&byte| is_token_char(byte)).count()
}

/// Characters that tokens are made of: those of base64url.
fn is_token_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn known_token(text: &str, length: usize) -> Option<usize> {
    let (prefix, least) = PREFIXES.into_iter().find(|(prefix, _)| text.starts_with(prefix))?;
    let body = text.get(prefix.len()..length)?;
    // Slack's begin with a number; `xapp-` alone may be a part of a name.
    if prefix.starts_with('x') && !body.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    // An AWS key's body has no small letters: `ASIA…` may begin a word.
    let aws = prefix.len() == 4 && prefix.ends_with("IA") || prefix == "ACCA";
    let counted = body.bytes().take_while(|byte| !aws || byte.is_ascii_uppercase() || byte.is_ascii_digit()).count();
    (counted >= least).then_some(length)
}

/// A JWT or JWE: base64url parts with dots between, the first one a JSON object.
fn web_token(text: &str, head: usize) -> Option<usize> {
    if !text.starts_with("eyJ") || text.get(head..)?.strip_prefix('.').map(token_length)? < 8 {
        return None;
    }
    Some(text.bytes().take_while(|&byte| is_token_char(byte) || byte == b'.').count())
}

/// `Bearer` or `Basic` and what stands behind it: at least 16 characters with a digit, which no word of prose has.
fn credential(text: &str) -> Option<(usize, usize)> {
    let scheme = ["bearer ", "basic "]
        .into_iter()
        .find(|scheme| text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)))?;
    let value = text.get(scheme.len()..)?;
    let length = value.bytes().take_while(|&byte| is_token_char(byte) || matches!(byte, b'.' | b'~' | b'+' | b'/' | b'=')).count();
    let digit = value.get(..length)?.bytes().any(|byte| byte.is_ascii_digit());
    (length >= 16 && digit).then_some((scheme.len(), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expect: &str) {
        assert_eq!(masked(line.to_owned()), expect);
    }

    #[test]
    fn addresses_are_masked() {
        check("Signed-off-by: Ada <ada@example.org>", "Signed-off-by: Ada <***>");
        check("ask ada.l+ci@mail.example.co.uk, please", "ask ***, please");
        check("mailto:li@163.com", "mailto:***");
        check("用户@例子.公司 wrote", "*** wrote");
        check("a@b.cc@d.ee", "***");
    }

    #[test]
    fn what_only_looks_like_an_address_stays() {
        check("Bump @aws-sdk/client-sqs from 3.1.2 to 3.1.6", "Bump @aws-sdk/client-sqs from 3.1.2 to 3.1.6");
        check("ci: actions/checkout@v4, react@18.2.0, left-pad@latest", "ci: actions/checkout@v4, react@18.2.0, left-pad@latest");
        check("Merge branch 'main' of git@github.com:acme/shop", "Merge branch 'main' of git@github.com:acme/shop");
        check("meet @ noon. ok", "meet @ noon. ok");
        check("x@.com", "x@.com");
    }

    #[test]
    fn tokens_are_masked() {
        check("key AKIAIOSFODNN7EXAMPLE!", "key ***!");
        check("ASIAIOSFODNN7EXAMPLE", "***");
        check("use ghp_0123456789abcdefghijABCDEFGHIJ012345", "use ***");
        check("github_pat_11ABCDEFG0abcdefghijkl_mnop", "***");
        check("glpat-abcdefghij0123456789", "***");
        check("hook xoxb-1234567890-abcdef", "hook ***");
        check("npm_abcdefghijklmnopqrstuvwxyz0123456789", "***");
        check("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl end", "jwt *** end");
        check("Authorization: Bearer abcdef0123456789abcdef", "Authorization: Bearer ***");
        check("-----BEGIN RSA PRIVATE KEY----- MIIE", "***");
    }

    #[test]
    fn what_only_looks_like_a_token_stays() {
        check("9f3c1e0b6a7d4c2f8e5b1a0d9c8b7a6f5e4d3c2b", "9f3c1e0b6a7d4c2f8e5b1a0d9c8b7a6f5e4d3c2b");
        check("ASIA-pacific: add ap-southeast-7 to the regions", "ASIA-pacific: add ap-southeast-7 to the regions");
        check("drop ghp_ prefix", "drop ghp_ prefix");
        check("bearer authentication-middleware", "bearer authentication-middleware");
        check("eyJust.a.word", "eyJust.a.word");
        check("the xapp-connector of xoxb-something", "the xapp-connector of xoxb-something");
        check("3f9-ghp", "3f9-ghp");
    }

    #[test]
    fn assignments_of_secrets_are_masked() {
        check("token=abc", "token=***");
        check("GITHUB_TOKEN = abc def", "GITHUB_TOKEN = *** def");
        check("curl https://x.example/?api_key=abc&page=2", "curl https://x.example/?api_key=***&page=2");
        check("aws_secret_access_key='a b/c' done", "aws_secret_access_key='***' done");
        check("{\"password\": \"hunter2\", \"user\": \"ada\"}", "{\"password\": \"***\", \"user\": \"ada\"}");
        check("password='never closed", "password='***");
        check("https://user:pass@localhost/x", "https://***@localhost/x");
        check("https://password='a/b'@x", "https://***@x");
    }

    #[test]
    fn prose_about_secrets_stays() {
        check("token: refresh on 401", "token: refresh on 401");
        check("fix(password): trim input", "fix(password): trim input");
        check("tokens=5 of 8", "tokens=5 of 8");
        check("password=", "password=");
        check("a=b", "a=b");
    }
}
