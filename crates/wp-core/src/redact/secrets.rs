//! The secrets of a request, and how to find them in a text that echoes them.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::COOKIE;
use http::{HeaderName, HeaderValue};

use crate::redact::spelling::{Pattern, find, from_base64, wipe};
use crate::{headers, show};

/// Replaces a secret.
const MASK: &str = "***";
/// The maximum length of a text that is searched and shown.
const MAX_TEXT_BYTES: usize = 16 * 1024;
/// A part of a token with at least this length is masked on its own.
const MIN_PART_BYTES: usize = 16;
/// The maximum number of parts of a token that are masked on their own. A JWT has three, an encrypted one five.
const MAX_PARTS: usize = 8;
/// The minimum length of a secret that is masked in an error code.
const MIN_IN_CODE: usize = 8;
/// Up to this many lower-case letters are a word, which an error code may contain by chance.
const MAX_WORD_CHARS: usize = 15;

/// Words of sign-in messages. If one of them is the password, masking it would reveal the password.
const OWN_WORDS: &[&str] = &[
    "admin",
    "email",
    "error",
    "invalid",
    "key",
    "login",
    "password",
    "secret",
    "sign",
    "token",
    "user",
    "username",
    "wordpress",
    "wrong",
];

/// The secrets that a request carried, which no error may show. Cheap to clone. `Debug` does not show them.
///
/// [`mask`](Self::mask) finds them in the text of a server, in any spelling: unchanged, escaped for JSON or by PHP,
/// percent-encoded, in HTML, in base64 (also the password inside a Basic credential, at any offset), in a nested
/// combination of these, in another case, with white space collapsed, and cut off after 15 bytes, as PHP's stack traces
/// cut arguments. For a header, each of these is a secret: its value, the part after the scheme, the long parts of a
/// token, and the values of cookies.
///
/// Not found are: a secret that a server transformed in another way, such as reversed, hashed or in hexadecimal; fewer
/// than 6 characters of a secret that was cut off; and a password that is a word of every such message (`password`,
/// `admin`), since masking it would reveal it. A secret of fewer than 4 characters counts only where it stands alone.
///
/// ```
/// use wp_core::Secrets;
///
/// // Before the text of a server gets into a log: it may quote the password, in any spelling.
/// let secrets = Secrets::of_text("hunter-2!");
/// let said = "ana:hunter-2! was refused (hunter-2%21, aHVudGVyLTIh)";
/// assert_eq!(secrets.mask(said), "ana:*** was refused (***, ***)");
/// ```
#[derive(Clone, Default)]
pub struct Secrets(Option<Arc<[Known]>>);

#[derive(Clone)]
enum Known {
    Header { value: HeaderValue, is_cookie: bool },
    Text(Bytes),
}

impl Secrets {
    /// The secrets among these headers: values that are marked as [sensitive](HeaderValue::is_sensitive), and headers
    /// that are secret [by their name](headers::is_secret).
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use wp_core::Secrets;
    ///
    /// let request = http::Request::get("https://example.org/wp-json/")
    ///     .header("accept", "application/json")
    ///     .header("authorization", "Bearer 7f3a0c99d1e2")
    ///     .body(())?;
    /// let secrets = Secrets::of_headers(request.headers());
    /// assert_eq!(secrets.mask("no application/json for 7f3a0c99d1e2"), "no application/json for ***");
    /// # Ok(()) }
    /// ```
    pub fn of_headers<'h>(headers: impl IntoIterator<Item = (&'h HeaderName, &'h HeaderValue)>) -> Self {
        let secret = headers.into_iter().filter(|(name, value)| headers::carries_secret(name, value));
        Self::new(
            secret.map(|(name, value)| Known::Header { value: value.clone(), is_cookie: *name == COOKIE }),
        )
    }

    /// One secret, such as a password, in a container that its owner wipes.
    pub fn of_text(secret: impl AsRef<[u8]> + Send + 'static) -> Self {
        Self::new([Known::Text(Bytes::from_owner(secret))])
    }

    fn new(known: impl IntoIterator<Item = Known>) -> Self {
        let known: Arc<[_]> = known.into_iter().collect();
        Self((!known.is_empty()).then_some(known))
    }

    /// These secrets and `others`.
    pub fn and(&self, others: &Self) -> Self {
        match (&self.0, &others.0) {
            (Some(one), Some(other)) if !Arc::ptr_eq(one, other) => {
                Self::new(one.iter().chain(&**other).cloned())
            }
            (Some(_), _) => self.clone(),
            (None, _) => others.clone(),
        }
    }

    /// Whether there are no secrets.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Replaces each secret in the text by `***`. A longer text is cut to its first 16 KiB.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.is_empty() {
            return Cow::Borrowed(text);
        }
        let is_word = |pattern: &Pattern| OWN_WORDS.iter().any(|word| pattern.is(word));
        replace(show::head(text, MAX_TEXT_BYTES), &self.patterns(|pattern| !is_word(pattern)))
    }

    /// Masks secrets in an error code. A secret that is short or a word may be in the code by chance, and is not
    /// masked. Must not be called for a known code of WordPress.
    pub(crate) fn mask_code<'t>(&self, code: &'t str) -> Cow<'t, str> {
        if self.is_empty() {
            return Cow::Borrowed(code);
        }
        let is_word = |pattern: &Pattern| {
            pattern.len() <= MAX_WORD_CHARS && pattern.is_all(|c| c.is_ascii_lowercase() || c == '_')
        };
        replace(code, &self.patterns(|pattern| pattern.len() >= MIN_IN_CODE && !is_word(pattern)))
    }

    fn patterns(&self, counts: impl Fn(&Pattern) -> bool) -> Vec<Pattern> {
        let mut patterns = Vec::new();
        for known in self.0.iter().flat_map(|known| known.iter()) {
            known.each(|secret| {
                let pattern = Pattern::new(secret);
                if counts(&pattern) && !patterns.iter().any(|known: &Pattern| known.is_same(&pattern)) {
                    patterns.push(pattern);
                }
            });
        }
        patterns
    }
}

impl Known {
    /// Calls `take` for each secret in the header.
    fn each(&self, mut take: impl FnMut(&str)) {
        let text = match self {
            Self::Header { value, .. } => String::from_utf8_lossy(value.as_bytes()),
            Self::Text(text) => String::from_utf8_lossy(text),
        };
        match self {
            Self::Header { is_cookie: true, .. } => {
                let values = text.split(';').filter_map(|pair| Some(pair.split_once('=')?.1.trim()));
                values.for_each(take);
            }
            Self::Header { .. } => {
                take(&text);
                let Some((scheme, rest)) = text.split_once(' ') else { return parts(&text, take) };
                take(rest);
                if scheme.eq_ignore_ascii_case("basic") {
                    let pair = from_base64(rest);
                    if let Some((_, password)) = pair.split_once(':') {
                        take(password);
                    }
                    wipe(pair.into_bytes(), 0);
                }
                parts(rest, take);
            }
            Self::Text(_) => {
                take(&text);
                parts(&text, take);
            }
        }
    }
}

/// Calls `take` for each part of a token.
fn parts(token: &str, take: impl FnMut(&str)) {
    let long = token.split('.').filter(|part| part.len() >= MIN_PART_BYTES && part.len() < token.len());
    long.take(MAX_PARTS).for_each(take);
}

fn replace<'t>(text: &'t str, patterns: &[Pattern]) -> Cow<'t, str> {
    let found = find(text, patterns);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut shown = 0;
    for (from, to) in found {
        out.push_str(&text[shown..from]);
        out.push_str(MASK);
        shown = to;
    }
    out.push_str(&text[shown..]);
    Cow::Owned(out)
}

/// Prints the number of secrets.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.as_ref().map_or(0, |known| known.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &'static str, value: &str) -> Secrets {
        let (name, value) = (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        Secrets::of_headers([(&name, &value)])
    }

    #[test]
    fn mask_covers_every_part_of_a_secret_header() {
        let basic = header("authorization", "Basic YW5hOkh1bnRlci0y");
        for (text, shown) in [
            ("Not with Basic YW5hOkh1bnRlci0y.", "Not with ***."),
            ("Not with YW5hOkh1bnRlci0y.", "Not with ***."),
            ("ana:Hunter-2", "ana:***"),
            ("ana:Hunter%2D2", "ana:***"),
            ("cGFzc3dvcmQ6SHVudGVyLTI=", "cGFzc3dvcmQ6***="),
        ] {
            assert_eq!(basic.mask(text), shown);
        }
        let cookie = header("cookie", "wordpress_logged_in_0=ana|123456; x=y%20z-long");
        assert_eq!(cookie.mask("wordpress_logged_in_0 is ana%7c123456"), "wordpress_logged_in_0 is ***");
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwIn0abcdefgh.c2lnbmF0dXJlLXNpZ25hdHVyZQ";
        let bearer = header("authorization", &format!("Bearer {token}"));
        for part in token.split('.').chain([token]) {
            assert_eq!(bearer.mask(&format!("of {part}, no")), "of ***, no");
        }
        assert_eq!(header("x-api-key", "k3y-0123").mask("no k3y-0123"), "no ***");
        assert_eq!(header("x-trace", "k3y-0123").mask("no k3y-0123"), "no k3y-0123");
    }

    #[test]
    fn token_with_many_parts_has_few_patterns() {
        let different = (0..4_000).map(|number| format!("{number:016}")).collect::<Vec<_>>().join(".");
        for token in ["aaaaaaaaaaaaaaaa.".repeat(4_000), different] {
            let patterns = header("authorization", &format!("Bearer {token}")).patterns(|_| true);
            assert!(patterns.len() <= 2 + MAX_PARTS, "{}", patterns.len());
        }
    }

    #[test]
    fn mask_finds_several_secrets() {
        let both =
            Secrets::of_text("Hunter-2").and(&header("x-api-key", "k3y-0123")).and(&Secrets::default());
        assert_eq!(both.mask("Hunter-2, k3y-0123"), "***, ***");
        assert_eq!(format!("{both:?}"), "Secrets(2)");
        assert!(Secrets::default().is_empty() && !both.is_empty());
    }

    #[test]
    fn mask_leaves_common_words_that_equal_the_password() {
        let said = "The password you entered for the username ana is incorrect.";
        assert_eq!(Secrets::of_text("password").mask(said), said);
        assert_eq!(
            Secrets::of_text("incorrect").mask(said),
            "The password you entered for the username ana is ***."
        );
    }

    #[test]
    fn mask_code_leaves_words_and_short_secrets() {
        for (secret, code, shown) in [
            ("password", "incorrect_password", "incorrect_password"),
            ("_1", "rest_1", "rest_1"),
            ("1", "1", "1"),
            ("Hunter2-long", "no_Hunter2-long", "no_***"),
            ("Hunter2-long", "no_hunter2-long", "no_***"),
            ("correcthorsebatterystaple", "no_correcthorsebatterystaple", "no_***"),
            ("7f3a0c997f3a0c99", "bad_7f3a0c997f3a0c99", "bad_***"),
        ] {
            assert_eq!(Secrets::of_text(secret).mask_code(code), shown, "{secret}");
        }
    }
}
