//! What senders of hooks have to know, and how they show that they do.
//!
//! - **GitHub** signs the body: HMAC-SHA256 in `x-hub-signature-256`, keyed by the secret's text.
//! - **GitLab's secret token** is the secret itself, in `x-gitlab-token`.
//! - **GitLab's signing token** (GitLab 19) signs as Standard Webhooks does: `webhook-signature` lists signatures
//!   (`v1,BASE64 v1,BASE64`), each an HMAC-SHA256 of `ID.TIMESTAMP.BODY` with `webhook-id` and `webhook-timestamp`, keyed by
//!   the bytes that stand in base64 behind the token's `whsec_`. A timestamp that is more than five minutes away is refused.
//!
//! A secret may have several lines, each a secret of its own: GitLab makes a signing token for each hook, and for a time an old
//! one and a new one are valid. Any of them in any of the three forms is proof enough. GitLab advises to require the
//! signature if there is one. But a sender that knows the token may leave the signature out, so requiring it would refuse only
//! hooks whose signing token is not stored yet.
//!
//! All comparisons take the same time whatever differs.
//!
//! Sources: <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>,
//! <https://docs.gitlab.com/user/project/integrations/webhooks/#signing-tokens>,
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

use std::{
    fmt,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use aws_smithy_types::base64;
use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use model::event::hook::Sender;
use sha2::Sha256;

/// What stands before the key of a signing token.
const SIGNING: &str = "whsec_";

/// How far a signature's timestamp may be from now: what the reference implementations of Standard Webhooks allow.
const TOLERANCE_S: u64 = 5 * 60;

/// What senders of hooks have to know.
#[derive(Clone)]
pub struct Secret(Arc<[Known]>);

/// One line of it.
struct Known {
    text: Box<[u8]>,
    /// The key of a signing token.
    key: Option<Vec<u8>>,
}

/// Why a secret is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret of hooks, or one of its lines, is shorter than {} bytes", Secret::MIN_BYTES)]
pub struct WeakSecret;

/// Why a hook is not believed: for the log, never for the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Doubt {
    #[error("no signature or token, or a wrong one")]
    Unproven,
    #[error("signed more than five minutes from now: a hook of long ago, or a clock is wrong")]
    Stale,
}

impl Secret {
    /// A shorter one could be guessed.
    const MIN_BYTES: usize = 16;

    /// Takes a secret, or several, one a line. A single one is taken as it is, white space included.
    ///
    /// # Errors
    /// When one is shorter than 16 bytes, or there is none.
    pub fn new(secret: &str) -> Result<Self, WeakSecret> {
        let known = if secret.contains('\n') {
            let lines = secret.lines().map(str::trim).filter(|line| !line.is_empty());
            lines.map(Known::new).collect::<Result<Arc<[Known]>, _>>()?
        } else {
            Arc::from([Known::new(secret)?])
        };
        if known.is_empty() { Err(WeakSecret) } else { Ok(Self(known)) }
    }

    /// Whether a sender who knows it has sent this.
    pub(super) fn check(
        &self,
        sender: Sender,
        headers: &HeaderMap,
        body: &[u8],
        now: SystemTime,
    ) -> Result<(), Doubt> {
        match sender {
            Sender::GitHub => {
                let signature = header(headers, "x-hub-signature-256").and_then(hex_signature);
                let signature = signature.ok_or(Doubt::Unproven)?;
                self.is_any(|known| is_signed(&known.text, &[body], &signature))
            }
            Sender::GitLab => {
                let token = header(headers, "x-gitlab-token");
                if token.is_some_and(|token| self.0.iter().any(|known| known.is(token))) {
                    return Ok(());
                }
                self.check_signed(headers, body, now)
            }
        }
    }

    fn check_signed(&self, headers: &HeaderMap, body: &[u8], now: SystemTime) -> Result<(), Doubt> {
        let needed = |name| header(headers, name).ok_or(Doubt::Unproven);
        let (id, timestamp) = (needed("webhook-id")?, needed("webhook-timestamp")?);
        let signatures: Vec<Vec<u8>> = needed("webhook-signature")?
            .split_whitespace()
            .filter_map(|signature| base64::decode(signature.strip_prefix("v1,")?).ok())
            .collect();
        let message = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
        self.is_any(|known| {
            let key = known.key.as_deref();
            key.is_some_and(|key| signatures.iter().any(|one| is_signed(key, &message, one)))
        })?;
        let now = now.duration_since(UNIX_EPOCH).map_err(|_| Doubt::Stale)?.as_secs();
        let then: u64 = timestamp.parse().map_err(|_| Doubt::Stale)?;
        if then.abs_diff(now) <= TOLERANCE_S { Ok(()) } else { Err(Doubt::Stale) }
    }

    fn is_any(&self, is_it: impl Fn(&Known) -> bool) -> Result<(), Doubt> {
        if self.0.iter().any(is_it) { Ok(()) } else { Err(Doubt::Unproven) }
    }
}

impl Known {
    fn new(text: &str) -> Result<Self, WeakSecret> {
        if text.len() < Secret::MIN_BYTES {
            return Err(WeakSecret);
        }
        let key = text.strip_prefix(SIGNING).and_then(|key| base64::decode(key).ok());
        let key = key.filter(|key| key.len() >= Secret::MIN_BYTES);
        Ok(Self { text: text.as_bytes().into(), key })
    }

    /// Compares codes, because neither their length nor their first difference depends on the secret.
    fn is(&self, token: &str) -> bool {
        let code = |text| mac(&self.text, &[text]).map(Mac::finalize);
        code(token.as_bytes()).is_some_and(|shown| Some(shown) == code(&self.text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

fn is_signed(key: &[u8], message: &[&[u8]], signature: &[u8]) -> bool {
    mac(key, message).is_some_and(|mac| mac.verify_slice(signature).is_ok())
}

fn mac(key: &[u8], message: &[&[u8]]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in message {
        mac.update(part);
    }
    Some(mac)
}

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The bytes of `sha256=` and 64 digits.
fn hex_signature(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> =
        text.strip_prefix("sha256=")?.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() == 64)?;
    digits
        .chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(high * 16 + low).ok(),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    const SECRET: &str = "It's a Secret to Everybody";

    /// The example of Standard Webhooks' own tests.
    /// Source: <https://github.com/standard-webhooks/standard-webhooks/tree/main/libraries>
    const TOKEN: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const SIGNED_AT: u64 = 1_614_265_330;
    const SIGNED: &str = r#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn headers(headers: &[(&'static str, &str)]) -> HeaderMap {
        let value = |value| HeaderValue::from_str(value).unwrap();
        headers.iter().map(|(name, text)| (HeaderName::from_static(name), value(text))).collect()
    }

    fn at(second: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(second)
    }

    #[track_caller]
    fn check(sender: Sender, name: &'static str, value: &str, body: &str, known: bool) {
        let secret = Secret::new(SECRET).unwrap();
        let believed =
            secret.check(sender, &headers(&[(name, value)]), body.as_bytes(), at(SIGNED_AT));
        let expect = if known { Ok(()) } else { Err(Doubt::Unproven) };
        assert_eq!(believed, expect, "{name}: {value}");
    }

    /// GitHub's own example.
    /// Source: <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation>
    #[test]
    fn githubs_signature_is_that_of_the_body() {
        const GOOD: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let check = |signature: &str, body: &str, known| {
            check(Sender::GitHub, "x-hub-signature-256", signature, body, known);
        };
        check(&format!("sha256={GOOD}"), "Hello, World!", true);
        check(&format!("sha256={}", GOOD.to_uppercase()), "Hello, World!", true);
        for signature in [
            String::new(),
            GOOD.to_owned(),
            "sha256=".to_owned(),
            format!("sha1={GOOD}"),
            format!("sha256={}", GOOD.replace('7', "8")),
            format!("sha256={GOOD}00"),
            format!("sha256= {GOOD}"),
            format!("sha256=+{}", GOOD.split_at(1).1),
            format!("sha256={SECRET}"),
        ] {
            check(&signature, "Hello, World!", false);
        }
        for body in ["", "Hello, World", "Hello, World!\n", "hello, World!"] {
            check(&format!("sha256={GOOD}"), body, false);
        }
    }

    #[test]
    fn gitlabs_secret_token_is_the_secret_itself() {
        let check =
            |token: &str, known| check(Sender::GitLab, "x-gitlab-token", token, "{}", known);
        check(SECRET, true);
        for token in [
            "",
            "It's a Secret to Everybod",
            "It's a Secret to Everybody!",
            "it's a Secret to Everybody",
        ] {
            check(token, false);
        }
    }

    #[test]
    fn one_senders_proof_is_none_for_the_other() {
        check(Sender::GitHub, "x-gitlab-token", SECRET, "{}", false);
        check(Sender::GitLab, "x-hub-signature-256", SECRET, "{}", false);
    }

    /// A hook of GitLab 19, at the moment of its signature, with some headers put in place of others.
    #[track_caller]
    fn check_signed(
        secret: &str,
        other: &[(&'static str, &str)],
        now: u64,
        body: &str,
        expect: Result<(), Doubt>,
    ) {
        let timestamp = SIGNED_AT.to_string();
        let mut all = headers(&[
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", &timestamp),
            ("webhook-signature", SIGNATURE),
        ]);
        all.extend(headers(other));
        let secret = Secret::new(secret).unwrap();
        let believed = secret.check(Sender::GitLab, &all, body.as_bytes(), at(now));
        assert_eq!(believed, expect, "{secret:?} {other:?} {now}");
    }

    #[test]
    fn gitlabs_signature_is_that_of_id_timestamp_and_body() {
        let unproven = Err(Doubt::Unproven);
        check_signed(TOKEN, &[], SIGNED_AT, SIGNED, Ok(()));
        for body in ["", "{}", r#"{"test":2432232314}"#] {
            check_signed(TOKEN, &[], SIGNED_AT, body, unproven);
        }
        for (name, other) in [
            ("webhook-id", ""),
            ("webhook-id", "msg_another"),
            ("webhook-timestamp", ""),
            ("webhook-timestamp", "1614265331"),
            ("webhook-timestamp", "01614265330"),
            ("webhook-signature", ""),
            ("webhook-signature", "v1,"),
            ("webhook-signature", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
            ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE"),
            ("webhook-signature", "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
            ("webhook-signature", "v1,h0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ] {
            check_signed(TOKEN, &[(name, other)], SIGNED_AT, SIGNED, unproven);
        }
        // Keys that are not base64, that are too short, or that are the text of the token.
        for other in [
            SECRET,
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_MfKQ9r8GKYqr!",
            "whsec_MfKQ9r8GKYqr",
        ] {
            check_signed(other, &[], SIGNED_AT, SIGNED, unproven);
        }
    }

    #[test]
    fn one_signature_of_several_is_enough() {
        for signatures in [
            format!("v1,bm9uZQ== {SIGNATURE}"),
            format!("{SIGNATURE} v1,bm9uZQ=="),
            format!("v1a,bm9uZQ== v1,! v2,{SIGNATURE} {SIGNATURE}"),
        ] {
            let other = [("webhook-signature", signatures.as_str())];
            check_signed(TOKEN, &other, SIGNED_AT, SIGNED, Ok(()));
        }
    }

    #[test]
    fn a_signature_lasts_five_minutes() {
        for near in [SIGNED_AT - 300, SIGNED_AT + 300] {
            check_signed(TOKEN, &[], near, SIGNED, Ok(()));
        }
        for far in [0, SIGNED_AT - 301, SIGNED_AT + 301, SIGNED_AT + 86_400] {
            check_signed(TOKEN, &[], far, SIGNED, Err(Doubt::Stale));
        }
    }

    #[test]
    fn each_line_of_a_secret_is_one_in_each_form() {
        let both = format!("{SECRET}\n{TOKEN}\r\n\n");
        check_signed(&both, &[], SIGNED_AT, SIGNED, Ok(()));
        let unsigned = ("webhook-signature", "");
        for token in [SECRET, TOKEN] {
            let other = [unsigned, ("x-gitlab-token", token)];
            check_signed(&both, &other, SIGNED_AT, "{}", Ok(()));
        }
        // A token that is known is enough beside a signature that nobody can check.
        check_signed(SECRET, &[("x-gitlab-token", SECRET)], SIGNED_AT, SIGNED, Ok(()));
    }

    #[test]
    fn a_secret_is_long_and_shows_itself_nowhere() {
        for weak in ["", "0123456789abcde", "\n\n", "0123456789abcdef\nshort"] {
            assert_eq!(Secret::new(weak).unwrap_err(), WeakSecret);
        }
        assert_eq!(
            WeakSecret.to_string(),
            "the secret of hooks, or one of its lines, is shorter than 16 bytes"
        );
        assert_eq!(format!("{:?}", Secret::new("0123456789abcdef").unwrap()), "Secret(…)");
    }
}
