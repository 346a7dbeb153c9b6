//! Links that may be shown: absolute, https, without credentials.

use super::{is_hash, secret};

/// The longest link kept, in bytes. A longer one is dropped: cut, it would lead elsewhere.
const LINK_MAX: usize = 512;

/// The link, normalised; `None` for everything that is not plainly `https://host[:port][/path][?query][#fragment]`.
///
/// Host names are ASCII letters, digits, hyphens and dots (so international ones come as `xn--…`, which no letter of
/// another alphabet can imitate) or an IPv6 address. Characters that don't belong into a URL are percent-encoded.
/// A link with user, password, e-mail address or a secret in it is dropped, also where that is percent-encoded.
pub fn link(raw: &str) -> Option<String> {
    normal(raw).filter(|url| !has_secret(url))
}

fn has_secret(url: &str) -> bool {
    // What is encoded twice is decoded by whoever reads the first decoding; each makes it shorter, so this ends.
    secret::is_in_link(url) || percent_decoded(url).is_some_and(|plain| has_secret(&plain))
}

/// The text with its percent-encoded bytes decoded; `None` when it has none.
pub(crate) fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let byte = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    (out.len() < text.len()).then(|| String::from_utf8_lossy(&out).into_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// A link made of names that are known anyway: not searched for secrets, else like [`link`].
pub(crate) fn made_link(url: &str) -> Option<String> {
    normal(url)
}

fn normal(raw: &str) -> Option<String> {
    let raw = raw.trim();
    let scheme = "https://";
    if raw.len() > LINK_MAX || !raw.get(..scheme.len())?.eq_ignore_ascii_case(scheme) {
        return None;
    }
    let rest = raw.get(scheme.len()..)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at_checked(end)?;
    if !is_authority(authority) {
        return None;
    }
    let mut out = String::with_capacity(raw.len());
    out.push_str(scheme);
    out.push_str(&authority.to_ascii_lowercase());
    for character in tail.chars() {
        match character {
            // Browsers read a backslash as a slash and drop tabs and line breaks: such a link is meant to deceive.
            '\\' => return None,
            refused
                if refused.is_control()
                    || refused.is_whitespace()
                    || super::is_invisible(refused) =>
            {
                return None;
            }
            '"' | '<' | '>' | '^' | '`' | '{' | '|' | '}' => encode_into(&mut out, character),
            plain if plain.is_ascii() => out.push(plain),
            other => encode_into(&mut out, other),
        }
    }
    (out.len() <= LINK_MAX).then_some(out)
}

/// The page of a commit at one of the hosts whose addresses are known. `repository` is `owner/name`, or deeper.
pub fn commit_link(host: &str, repository: &str, commit: &str) -> Option<String> {
    let plain = |segment: &str| {
        let dots = segment.bytes().all(|byte| byte == b'.');
        !dots
            && segment
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
    };
    let known = repository.contains('/') && repository.split('/').all(plain) && is_hash(commit);
    let (base, infix) = match host.to_ascii_lowercase().as_str() {
        "github" => ("https://github.com", "commit"),
        "gitlab" => ("https://gitlab.com", "-/commit"),
        "bitbucket" => ("https://bitbucket.org", "commits"),
        _ => return None,
    };
    known.then(|| format!("{base}/{repository}/{infix}/{commit}")).and_then(|url| link(&url))
}

/// The page of a commit by where its repository is cloned from: `https://github.com/owner/name.git`,
/// `git@github.com:owner/name.git`. `None` for hosts whose addresses are not known.
pub fn commit_link_at(remote: &str, commit: &str) -> Option<String> {
    let rest = ["https://", "ssh://git@", "git@"]
        .into_iter()
        .find_map(|scheme| remote.strip_prefix(scheme))?;
    let (host, repository) = rest.split_once(['/', ':'])?;
    let provider =
        [("github.com", "github"), ("gitlab.com", "gitlab"), ("bitbucket.org", "bitbucket")];
    let (_, provider) = provider.into_iter().find(|(known, _)| host.eq_ignore_ascii_case(known))?;
    let repository = repository.trim_end_matches('/');
    commit_link(provider, repository.strip_suffix(".git").unwrap_or(repository), commit)
}

/// A text as one segment of a path or one value of a query.
pub fn path_segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-' | '~') {
            out.push(character);
        } else {
            encode_into(&mut out, character);
        }
    }
    out
}

fn encode_into(out: &mut String, character: char) {
    const HEX: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for byte in character.encode_utf8(&mut [0; 4]).bytes() {
        out.push('%');
        out.extend(HEX.get(usize::from(byte >> 4)));
        out.extend(HEX.get(usize::from(byte & 15)));
    }
}

/// `host` or `host:port`, without user.
fn is_authority(authority: &str) -> bool {
    if let Some(bracketed) = authority.strip_prefix('[') {
        let Some((address, port)) = bracketed.split_once(']') else {
            return false;
        };
        return address.parse::<std::net::Ipv6Addr>().is_ok()
            && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
    }
    let (host, port) =
        authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    host.len() <= 253 && host.split('.').all(is_label) && port.is_none_or(is_port)
}

fn is_port(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(raw: &str, expect: Option<&str>) {
        assert_eq!(link(raw).as_deref(), expect, "{raw}");
    }

    #[test]
    fn good_links_stay() {
        check("https://example.org", Some("https://example.org"));
        check(" HTTPS://Example.ORG:8443/A?b=c&d#e ", Some("https://example.org:8443/A?b=c&d#e"));
        check("https://[2001:db8::1]:443/", Some("https://[2001:db8::1]:443/"));
        check("https://xn--bcher-kva.example/ü", Some("https://xn--bcher-kva.example/%C3%BC"));
        check(
            "https://a.example/#/deployments/<ID>",
            Some("https://a.example/#/deployments/%3CID%3E"),
        );
        for stays in [
            "https://a.example/builds/refresh-token:5e9/view",
            "https://a.example/job/a%2Fb/100%/%zz/%E4%F6%FC",
            "https://a.example/?sign=abc&design=flat&path=%2Fsrv",
            "https://a.example/cloudformation/home#/stacks/events?stackId=arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/6f0b",
            "https://a.example/states/home#/executions/details/arn%3Aaws%3Astates%3Aeu-west-1%3A111122223333%3Aexecution%3Ashop%3A1",
        ] {
            check(stays, Some(stays));
        }
    }

    #[test]
    fn other_links_are_dropped() {
        for raw in [
            "",
            "http://example.org",
            "javascript:alert(1)",
            "//example.org",
            "https:/example.org",
            "https://",
            "https:///x",
            "https://user@example.org",
            "https://user:pass@example.org/",
            "https://example.org:0",
            "https://example.org:99999",
            "https://example.org:",
            "https://exa mple.org",
            "https://еxample.org",
            "https://example..org",
            "https://-a.example",
            "https://[::1",
            "https://[zz]/",
            "https://a.example\\@b.example",
            "https://a.example/\\b",
            "https://a.example/a\tb",
            "https://a.example/a\u{202E}b",
            "https://a.example/?token=abc",
            "https://a.example/?to=ada@example.org",
            "https://a.example/?X-Amz-Signature=abc",
            "https://a.example/ghp_0123456789abcdefghij",
            "https://a.example/?sig=abc123",
            "https://hooks.slack.com/services/T00/B00/XXXX",
            "https://a.example/?u=ada%40example.org",
            "https://a.example/?u=ada%2540example%252Eorg",
            "https://a.example/?%74oken=abc",
            "https://a.example/?arn=arn%3Aaws%3Aiam%3A%3A111122223333%3Auser/ada",
            "https://a.example/?c=arn:aws:codestar-connections:eu-west-1:111122223333:connection/6f0b",
        ] {
            check(raw, None);
        }
        check(&format!("https://a.example/{}", "x".repeat(LINK_MAX)), None);
        check(&format!("https://a.example/{}", "<".repeat(LINK_MAX / 2)), None);
    }

    #[test]
    fn commits_have_pages_at_known_hosts() {
        let commit = "9f3c1e0b6a7d4c2f8e5b1a0d9c8b7a6f5e4d3c2b";
        let at = |host, repository| {
            commit_link(host, repository, commit).map(|url| url.replace(commit, "C"))
        };
        assert_eq!(
            at("GitHub", "acme/shop").as_deref(),
            Some("https://github.com/acme/shop/commit/C")
        );
        assert_eq!(
            at("GitLab", "acme/web/shop").as_deref(),
            Some("https://gitlab.com/acme/web/shop/-/commit/C")
        );
        assert_eq!(
            at("Bitbucket", "acme/shop").as_deref(),
            Some("https://bitbucket.org/acme/shop/commits/C")
        );
        assert_eq!(at("GitHubEnterpriseServer", "acme/shop"), None);
        assert_eq!(at("GitHub", "shop"), None);
        assert_eq!(at("GitHub", "acme/../x"), None);
        assert_eq!(at("GitHub", "acme//x"), None);
        assert_eq!(at("GitHub", "acme/sh?p"), None);
        assert_eq!(commit_link("GitHub", "acme/shop", "main"), None);
    }

    #[test]
    fn commits_have_pages_where_their_repository_is_cloned_from() {
        let at =
            |remote| commit_link_at(remote, "9f3c1e0b").map(|url| url.replace("9f3c1e0b", "C"));
        assert_eq!(
            at("https://github.com/acme/shop.git").as_deref(),
            Some("https://github.com/acme/shop/commit/C")
        );
        assert_eq!(
            at("https://GitHub.com/acme/shop/").as_deref(),
            Some("https://github.com/acme/shop/commit/C")
        );
        assert_eq!(
            at("git@gitlab.com:acme/web/shop.git").as_deref(),
            Some("https://gitlab.com/acme/web/shop/-/commit/C")
        );
        assert_eq!(
            at("ssh://git@bitbucket.org/acme/shop").as_deref(),
            Some("https://bitbucket.org/acme/shop/commits/C")
        );
        for other in [
            "",
            "https://git.example.net/acme/shop",
            "https://user@github.com/acme/shop",
            "bucket/key.zip",
            "git@github.com:shop",
        ] {
            assert_eq!(at(other), None, "{other}");
        }
    }

    #[test]
    fn segments_are_encoded() {
        assert_eq!(path_segment("a-b_c.d~e"), "a-b_c.d~e");
        assert_eq!(path_segment("a/b ü?"), "a%2Fb%20%C3%BC%3F");
    }

    proptest! {
        #[test]
        fn a_link_is_https_ascii_and_stays(raw in "(https://|HTTPS://|http://)?[a-z.@:\\[\\]0-9-]{0,12}[/?#]?\\PC{0,20}") {
            let Some(clean) = link(&raw) else { return Ok(()) };
            prop_assert!(clean.starts_with("https://") && clean.len() <= LINK_MAX);
            prop_assert!(clean.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\".contains(&byte)));
            prop_assert_eq!(link(&clean), Some(clean));
        }
    }
}
