//! Finds secrets and e-mail addresses in one line of text and masks them.
//!
//! What is found: user and password of a URL, assignments to a name that ends like `token` or `password`, tokens of
//! AWS, GitHub, GitLab, Slack, npm, Google, Stripe and some more by their prefix, JWTs, `Bearer` and `Basic` credentials,
//! addresses that are keys (a chat's hooks), PEM blocks, e-mail addresses (but `git@host`, which is nobody's). Of an AWS
//! ARN account and resource: service and Region stay, so that a sentence about it can be understood. A commit's hash or a
//! version (`react@18.2.0`) is none.
//!
//! Invariant: whatever is found in the beginning of a text is found in the whole text, so that cutting a masked text
//! never makes something that would be masked.

use std::ops::Range;

/// What stands where something was dropped. None of its characters takes part in a rule.
pub(super) const MASK: &str = "***";

/// Beginnings of well-known tokens, and how many token characters follow at least.
const PREFIXES: [(&str, usize); 36] = [
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
    ("glrt-", 16),
    ("glptt-", 16),
    ("glcbt-", 16),
    ("glft-", 16),
    ("glsoat-", 16),
    ("glimt-", 16),
    ("xoxa-", 8),
    ("xoxb-", 8),
    ("xoxe-", 8),
    ("xoxp-", 8),
    ("xoxr-", 8),
    ("xoxs-", 8),
    ("xapp-", 8),
    ("npm_", 30),
    ("pypi-AgE", 16),
    ("AIza", 30),
    ("sk_live_", 16),
    ("rk_live_", 16),
    ("sk-ant-", 16),
    ("sk-proj-", 32),
    ("sk-svcacct-", 32),
    ("sk-admin-", 32),
    ("dckr_pat_", 16),
    ("hf_", 30),
];

/// No token that is known by how it begins has fewer characters, up to its first dot.
const SHORTEST_TOKEN: usize = 12;

/// Endings of names whose value is a secret, in lower case, `-` and `_` left out.
const SECRET_NAMES: [&str; 13] = [
    "token",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "apikey",
    "accesskey",
    "accountkey",
    "privatekey",
    "secretkey",
    "signature",
    "credential",
];

/// Last words of such names, in lower case, that end others (`bypass`, `compass`) and don't count there.
const SECRET_WORDS: [&str; 3] = ["pass", "pat", "sig"];

/// What is said to a name with such a word where it is no secret but a result or a switch.
const PLAIN_VALUES: [&str; 6] = ["true", "false", "yes", "no", "on", "off"];

/// Hosts' addresses where what follows is all that is needed to post there.
const HOOKS: [&str; 4] = [
    "hooks.slack.com/",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    "webhook.office.com/",
];

/// AWS services whose ARNs name people or connections.
const PRIVATE_SERVICES: [&str; 4] = ["codestar-connections", "codeconnections", "iam", "sts"];

/// The longest name that is looked at before an assignment.
const NAME_REACH: usize = 64;

/// Which ARNs are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arns {
    /// All.
    All,
    /// Those of [`PRIVATE_SERVICES`].
    Private,
}

/// Replaces every secret and address by [`MASK`].
pub(super) fn masked(mut line: String) -> String {
    // A mask can bring two halves of a rule together (`://` and `@` with a quoted slash between); each round that
    // changes something leaves fewer characters unmasked, so this ends.
    while let Some(next) = round(&line) {
        line = next;
    }
    line
}

/// Whether a link has a secret or an address in it. Consoles name what they show by its ARN: in a link that is none.
pub(super) fn is_in_link(url: &str) -> bool {
    !found(url, Arns::Private).is_empty()
}

/// One round of all rules; `None` when nothing was found.
fn round(line: &str) -> Option<String> {
    let mut found = found(line, Arns::All);
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

/// Where there is something to mask, in no order.
fn found(line: &str, arns: Arns) -> Vec<Range<usize>> {
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
    tokens(line, arns, &mut found);
    found
}

/// A range worth masking: something that is not masked already.
fn worth(line: &str, range: Range<usize>) -> Option<Range<usize>> {
    let masked = |character| matches!(character, '*' | super::ELLIPSIS);
    line.get(range.clone()).is_some_and(|text| !text.chars().all(masked)).then_some(range)
}

/// `user:password` of an authority that begins at `start`.
fn user_info(line: &str, start: usize) -> Option<Range<usize>> {
    let authority = line
        .get(start..)?
        .split(|end: char| matches!(end, '/' | '?' | '#') || end.is_whitespace())
        .next()?;
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
    for byte in unquoted.bytes().rev().filter(|byte| !matches!(byte, b'_' | b'-')).take(NAME_REACH)
    {
        if !byte.is_ascii_alphanumeric() {
            break;
        }
        name.insert(0, char::from(byte.to_ascii_lowercase()));
    }
    let is_secret = SECRET_NAMES.iter().any(|ending| name.ends_with(ending));
    if !is_secret && !has_secret_word(unquoted) {
        return None;
    }
    let value = after.trim_start();
    let mut start = line.len() - value.len();
    let opening = value.chars().next().filter(|first| matches!(first, '"' | '\''));
    start += opening.map_or(0, char::len_utf8);
    let value = line.get(start..)?;
    let length = match opening {
        Some(quote) => value.find(quote).unwrap_or(value.len()),
        None => value
            .find(|end: char| end.is_whitespace() || "\"'&;,)>".contains(end))
            .unwrap_or(value.len()),
    };
    let is_plain = || !is_secret && is_plain(value.get(..length).unwrap_or_default());
    if length == 0 || is_plain() { None } else { worth(line, start..start + length) }
}

/// Whether the last word of the name that `text` ends with says that its value is a secret.
fn has_secret_word(text: &str) -> bool {
    SECRET_WORDS.iter().any(|word| {
        let before =
            text.len().checked_sub(word.len()).and_then(|start| text.split_at_checked(start));
        before.is_some_and(|(before, last)| {
            last.eq_ignore_ascii_case(word) && !before.ends_with(char::is_alphanumeric)
        })
    })
}

/// Whether a value is a number or one of [`PLAIN_VALUES`], or the beginning of one, which a cut may have left.
fn is_plain(value: &str) -> bool {
    let value = value.trim_end_matches(super::ELLIPSIS);
    value.bytes().all(|byte| byte.is_ascii_digit())
        || PLAIN_VALUES.iter().any(|plain| {
            plain.get(..value.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(value))
        })
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
    let domain_length = after
        .find(|end: char| !end.is_alphanumeric() && end != '-' && end != '.')
        .unwrap_or(after.len());
    let domain = after.get(..domain_length)?;
    let top_level =
        |label: &str| label.chars().take_while(|letter| letter.is_alphabetic()).count() >= 2;
    if domain.starts_with('.') || !domain.split('.').skip(1).any(top_level) {
        return None;
    }
    Some(at - local.len()..at + 1 + domain_length)
}

/// Tokens and ARNs, which are known by how they begin.
fn tokens(line: &str, arns: Arns, found: &mut Vec<Range<usize>>) {
    let mut previous = None;
    for (at, character) in line.char_indices() {
        let begins = character.is_ascii_alphabetic()
            && !previous.is_some_and(|before: char| before.is_alphanumeric() || before == '_');
        previous = Some(character);
        let Some(rest) = line.get(at..).filter(|_| begins) else {
            continue;
        };
        if let Some((skipped, length)) = credential(rest) {
            found.push(at + skipped..at + skipped + length);
        }
        if let Some(start) = resource(rest, arns).or_else(|| hook(rest)) {
            found.extend(unpunctuated(line, at + start));
        }
        let run = token_length(rest);
        if run >= SHORTEST_TOKEN
            && let Some(length) = known_token(rest, run).or_else(|| web_token(rest, run))
        {
            found.push(at..at + length);
        }
        found.extend(mail_key(rest).map(|length| at..at + length));
    }
}

/// Where in an ARN, `arn:aws:service:region:account:resource`, the account begins.
fn resource(text: &str, arns: Arns) -> Option<usize> {
    let mut parts = text.strip_prefix("arn:aws")?.splitn(4, ':');
    let (partition, service, region) = (parts.next()?, parts.next()?, parts.next()?);
    let whose = parts.next()?;
    let is_word = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let is_arn = [partition, service, region].into_iter().all(is_word);
    let is_wanted = arns == Arns::All || PRIVATE_SERVICES.contains(&service);
    (is_arn && is_wanted).then(|| text.len() - whose.len())
}

/// Where in the address of a chat's hook its key begins.
fn hook(text: &str) -> Option<usize> {
    HOOKS.into_iter().find(|host| text.starts_with(host)).map(str::len)
}

/// What stands without a gap from `start` on, but for the punctuation of the sentence that it stands in.
fn unpunctuated(line: &str, start: usize) -> Option<Range<usize>> {
    let whole = line
        .get(start..)?
        .split(|end: char| end.is_whitespace() || "\"'`<>()[]{}|".contains(end))
        .next()?;
    let bare = whole.trim_end_matches(['.', ',', ':', ';', '!', '?', super::ELLIPSIS]);
    worth(line, start..start + bare.len())
}

/// A key of a mailer, `SG.` and two parts of 22 and 43 characters.
fn mail_key(text: &str) -> Option<usize> {
    let parts = text.strip_prefix("SG.")?;
    let first = token_length(parts);
    let second = token_length(parts.get(first..)?.strip_prefix('.')?);
    (first >= 16 && second >= 16).then_some(3 + first + 1 + second)
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
    let counted = body
        .bytes()
        .take_while(|byte| !aws || byte.is_ascii_uppercase() || byte.is_ascii_digit())
        .count();
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
    let scheme = ["bearer ", "basic "].into_iter().find(|scheme| {
        text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
    })?;
    let value = text.get(scheme.len()..)?;
    let length = value
        .bytes()
        .take_while(|&byte| is_token_char(byte) || matches!(byte, b'.' | b'~' | b'+' | b'/' | b'='))
        .count();
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
        check(
            "Bump @aws-sdk/client-sqs from 3.1.2 to 3.1.6",
            "Bump @aws-sdk/client-sqs from 3.1.2 to 3.1.6",
        );
        check(
            "ci: actions/checkout@v4, react@18.2.0, left-pad@latest",
            "ci: actions/checkout@v4, react@18.2.0, left-pad@latest",
        );
        check(
            "Merge branch 'main' of git@github.com:acme/shop",
            "Merge branch 'main' of git@github.com:acme/shop",
        );
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
        check(
            "glrt-t1_abcdefghij0123456789 and glptt-0123456789abcdef0123456789abcdef01234567",
            "*** and ***",
        );
        check("pypi-AgEIcHlwaS5vcmcCJDAxMjM0NTY3", "***");
        check("OPENAI: sk-proj-abcdefghijklmnopqrst0123456789ABCDEFGHIJ_-x.", "OPENAI: ***.");
        check(
            "SG.abcdefghij0123456789AB.abcdefghij0123456789abcdefghij0123456789ABC, too",
            "***, too",
        );
    }

    #[test]
    fn addresses_that_are_keys_are_masked() {
        check(
            "post to https://hooks.slack.com/services/T00/B00/XXXX.",
            "post to https://hooks.slack.com/***.",
        );
        check("(https://discord.com/api/webhooks/1/abc)", "(https://discord.com/api/webhooks/***)");
        check(
            "https://acme.webhook.office.com/webhookb2/1@2/IncomingWebhook/3",
            "https://acme.webhook.office.com/***",
        );
        check(
            "see https://api.slack.com/messaging/webhooks",
            "see https://api.slack.com/messaging/webhooks",
        );
        check(
            "add hooks.slack.com to the allowed hosts",
            "add hooks.slack.com to the allowed hosts",
        );
    }

    #[test]
    fn of_an_arn_service_and_region_stay() {
        check(
            "Unable to use Connection: arn:aws:codestar-connections:eu-west-1:111122223333:connection/aEXAMPLE-8aad. The provided role does not have sufficient permissions.",
            "Unable to use Connection: arn:aws:codestar-connections:eu-west-1:***. The provided role does not have sufficient permissions.",
        );
        check(
            "User: arn:aws:sts::111122223333:assumed-role/Admin/ada.lovelace is not authorized to perform: s3:GetObject on \"arn:aws-cn:s3:::shop/a,b.zip\"",
            "User: arn:aws:sts::*** is not authorized to perform: s3:GetObject on \"arn:aws-cn:s3::***\"",
        );
        check("role=arn:aws:iam::111122223333:role/x", "role=arn:aws:iam::***");
        check("arn:aws:iam::111122223333:user/ada@example.org, please", "arn:aws:iam::***, please");
    }

    #[test]
    fn what_only_looks_like_an_arn_stays() {
        check("learn:aws:the:hard:way", "learn:aws:the:hard:way");
        check("arn:aws: what is that?", "arn:aws: what is that?");
        check("an arn:aws:iam:: begins", "an arn:aws:iam:: begins");
        check(
            "arn:partition:service:region:account:resource",
            "arn:partition:service:region:account:resource",
        );
    }

    #[test]
    fn in_a_link_only_arns_of_people_and_connections_count() {
        assert!(is_in_link("https://a.example/?arn=arn:aws:iam::111122223333:user/ada"));
        assert!(is_in_link(
            "https://a.example/?c=arn:aws:codeconnections:eu-west-1:111122223333:connection/6f0b"
        ));
        assert!(!is_in_link(
            "https://a.example/#/stacks?stackId=arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/6f0b"
        ));
    }

    #[test]
    fn what_only_looks_like_a_token_stays() {
        check(
            "9f3c1e0b6a7d4c2f8e5b1a0d9c8b7a6f5e4d3c2b",
            "9f3c1e0b6a7d4c2f8e5b1a0d9c8b7a6f5e4d3c2b",
        );
        check(
            "ASIA-pacific: add ap-southeast-7 to the regions",
            "ASIA-pacific: add ap-southeast-7 to the regions",
        );
        check("drop ghp_ prefix", "drop ghp_ prefix");
        check("bearer authentication-middleware", "bearer authentication-middleware");
        check("eyJust.a.word", "eyJust.a.word");
        check("the xapp-connector of xoxb-something", "the xapp-connector of xoxb-something");
        check("3f9-ghp", "3f9-ghp");
        for stays in [
            "task-proj-abcdefghijklmnopqrstuvwxyz0123456789",
            "sk-proj-add-slovak-texts",
            "SG.next steps, see SG.1.2",
            "pypi-Agent: publish-to-test-index",
            "glrt-runner is gone",
            "disk-admin-abcdefghijklmnopqrstuvwxyz0123456789",
        ] {
            check(stays, stays);
        }
    }

    #[test]
    fn assignments_of_secrets_are_masked() {
        check("token=abc", "token=***");
        check("GITHUB_TOKEN = abc def", "GITHUB_TOKEN = *** def");
        check(
            "curl https://x.example/?api_key=abc&page=2",
            "curl https://x.example/?api_key=***&page=2",
        );
        check("aws_secret_access_key='a b/c' done", "aws_secret_access_key='***' done");
        check(
            "{\"password\": \"hunter2\", \"user\": \"ada\"}",
            "{\"password\": \"***\", \"user\": \"ada\"}",
        );
        check("password='never closed", "password='***");
        check("https://user:pass@localhost/x", "https://***@localhost/x");
        check("https://password='a/b'@x", "https://***@x");
        check("DB_PASS=hunter2 db-pass='a b' pass=hunter2", "DB_PASS=*** db-pass='***' pass=***");
        check(
            "PRIVATE_KEY=MIIE privateKey=MIIE passphrase=correct",
            "PRIVATE_KEY=*** privateKey=*** passphrase=***",
        );
        check(
            "AccountName=shop;AccountKey=aGVsbG8=;EndpointSuffix=x",
            "AccountName=shop;AccountKey=***;EndpointSuffix=x",
        );
        check("GITHUB_PAT=abc", "GITHUB_PAT=***");
        check(
            "https://x.example/?sv=2024&sig=abc%3D&se=1",
            "https://x.example/?sv=2024&sig=***&se=1",
        );
    }

    #[test]
    fn prose_about_secrets_stays() {
        check("token: refresh on 401", "token: refresh on 401");
        check("fix(password): trim input", "fix(password): trim input");
        check("tokens=5 of 8", "tokens=5 of 8");
        check("password=", "password=");
        check("a=b", "a=b");
        for stays in [
            "pass=true fail=0",
            "ui test: pass=12, skip=3",
            "bypass=cache",
            "compass=north trespass=x",
            "overpass-url=https://overpass.example",
            "first_pass=false",
            "pattern=x path=/srv spat=1 design=flat",
            "pass: all tests",
        ] {
            check(stays, stays);
        }
    }
}
