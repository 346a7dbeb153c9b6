//! The headers that `CloudFront` puts on every answer on AWS.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header::USER_AGENT},
    middleware::Next,
    response::Response,
};

/// The policy, with what scripts may do beside being the site's own.
macro_rules! policy {
    ($scripts:literal) => {
        concat!(
            "default-src 'none'; script-src 'self' ",
            $scripts,
            "; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; \
             form-action 'none'; frame-ancestors *"
        )
    };
}
const POLICY: &str = policy!("'wasm-unsafe-eval'");
/// For browsers that run WebAssembly only where scripts may call `eval`, too.
const OLD_POLICY: &str = policy!("'unsafe-eval'");
/// The first Chromium that knows `'wasm-unsafe-eval'`. Televisions of 2024 are older.
const WASM_POLICY_CHROMIUM: u32 = 97;

const HEADERS: [(&str, &str); 3] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

/// Puts the headers on whatever is answered.
pub async fn headers(request: Request, next: Next) -> Response {
    let policy = if is_old(request.headers()) { OLD_POLICY } else { POLICY };
    let mut response = next.run(request).await;
    for (name, value) in HEADERS.into_iter().chain([("content-security-policy", policy)]) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

fn is_old(headers: &HeaderMap) -> bool {
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let version = agent
        .split_once("Chrome/")
        .and_then(|(_, version)| version.split('.').next())
        .and_then(|major| major.parse().ok());
    version.is_some_and(|major: u32| major < WASM_POLICY_CHROMIUM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(agent: &'static str, old: bool) {
        let headers = HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_static(agent))]);
        assert_eq!(is_old(&headers), old, "{agent}");
    }

    #[test]
    fn only_old_chromium_gets_the_old_policy() {
        check(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/83.0.4103.0 Safari/537.36",
            true,
        );
        check(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/83.0.4103.0 Safari/537.36",
            true,
        );
        check(
            "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.128 Safari/537.36 WebAppManager",
            true,
        );
        check(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0.0.0 Safari/537.36",
            true,
        );
        check(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/97.0.0.0 Safari/537.36",
            false,
        );
        check(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            false,
        );
        check("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", false);
        check("curl/7.88.1", false);
        check("Chrome/", false);
        assert!(!is_old(&HeaderMap::new()));
        assert_eq!(OLD_POLICY.replace("'unsafe-eval'", "'wasm-unsafe-eval'"), POLICY);
    }
}
