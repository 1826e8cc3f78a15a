//! A route of the API.

use std::fmt::{self, Debug, Display, Write as _};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::RequestError;
use crate::address::percent::{encode, is_unreserved, normal_segment};

/// A route of the API below its root, such as `/wp/v2/posts/12`, in its normalized encoding. Cheap to clone.
///
/// ```
/// use wp_core::Route;
///
/// // A segment of the user's stays one segment, and cannot lead elsewhere.
/// let tags = Route::new("/acme/v1/tags")?;
/// assert_eq!(tags.join("c++/c#")?.as_str(), "/acme/v1/tags/c%2B%2B%2Fc%23");
/// assert!(tags.join("..").is_err());
/// # Ok::<(), wp_core::RequestError>(())
/// ```
#[derive(Clone)]
pub struct Route(Text);

#[derive(Clone)]
enum Text {
    Static(&'static str),
    Shared(Arc<str>),
}

impl Route {
    /// Parses a route that is part of the program, as [`new`](Self::new) does, without copying it if it is normalized.
    ///
    /// ```
    /// use wp_core::Route;
    ///
    /// const BADGES: &str = "/acme/v1/badges";
    /// assert_eq!(Route::from_static(BADGES)?, Route::new("acme/v1/badges")?);
    /// # Ok::<(), wp_core::RequestError>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn from_static(route: &'static str) -> Result<Self, RequestError> {
        if is_normal(route) { Ok(Self(Text::Static(route))) } else { Self::new(route) }
    }

    /// Parses a route. A missing leading slash is added, `%XX` is kept, and any other character outside
    /// `A-Z a-z 0-9 - . _ ~ /` is percent-encoded.
    ///
    /// # Errors
    /// [`RequestError::Route`] for a `.` or `..` segment, a query string, a fragment, an absolute URL, or a control
    /// character.
    pub fn new(route: &str) -> Result<Self, RequestError> {
        if is_normal(route) {
            return Ok(Self(Text::Shared(route.into())));
        }
        // The error must not show a secret: a query may hold a password, and so may a URL with an `@`.
        let shown =
            if route.contains('@') { "(not shown)" } else { route.split('?').next().unwrap_or_default() };
        let wrong = |reason| RequestError::Route { route: shown.to_owned(), reason };
        if route.contains("://") {
            return Err(wrong("it is a URL; a route starts below the API's root, like /wp/v2/posts"));
        }
        if route.contains(['?', '#']) {
            return Err(wrong("it holds a ? or a #"));
        }
        if route.contains(char::is_control) {
            return Err(wrong("it holds a control character"));
        }
        let mut out = String::with_capacity(route.len() + 1);
        for segment in route.strip_prefix('/').unwrap_or(route).split('/') {
            out.push('/');
            normal_segment(segment, &mut out).ok_or_else(|| wrong("it holds a . or .. segment"))?;
        }
        Ok(Self(Text::Shared(out.into())))
    }

    /// Appends a segment to this route, such as an id. A slash in the segment is encoded.
    ///
    /// # Errors
    /// [`RequestError::Route`] for the segments `.` and `..`, and for an empty one, which would name the parent.
    pub fn join(&self, segment: impl Display) -> Result<Self, RequestError> {
        self.append(segment, b"")
    }

    /// Appends a path of one or more segments to this route, such as the name `akismet/akismet` of a plugin. All but
    /// its slashes is encoded.
    ///
    /// # Errors
    /// [`RequestError::Route`] for an empty path, and for a `.` or `..` segment in it.
    pub fn join_path(&self, path: impl Display) -> Result<Self, RequestError> {
        self.append(path, b"/")
    }

    /// Appends a text whose `separators` are not encoded.
    fn append(&self, text: impl Display, separators: &'static [u8]) -> Result<Self, RequestError> {
        let parent = self.as_str().trim_end_matches('/');
        let mut out = String::with_capacity(parent.len() + 24);
        out.push_str(parent);
        out.push('/');
        let start = out.len();
        // If `Display` fails, the route is incomplete and must not be sent.
        let written = write!(out, "{text}");
        let is_plain = out.as_bytes()[start..].iter().all(|&byte| is_unreserved(byte));
        if !is_plain {
            let text = out.split_off(start);
            encode(&text, separators, &mut out);
        }
        let path = &out[start..];
        let is_wrong = path.is_empty()
            || path.starts_with('/')
            || path.ends_with('/')
            || path.split('/').any(|segment| matches!(segment, "." | ".."));
        if written.is_err() || is_wrong {
            return Err(RequestError::Route { route: out, reason: "its end is not a name" });
        }
        Ok(Self(Text::Shared(out.into())))
    }

    /// The route with placeholders for ids and slugs: `/wp/v2/posts/{}`. Only versions and short words in lower case
    /// are kept, since they name collections and not items.
    ///
    /// ```
    /// use wp_core::Route;
    ///
    /// // One label for a metric, not one for each post.
    /// let label = Route::new("/wp/v2/posts/12")?.template();
    /// assert_eq!(label, "/wp/v2/posts/{}");
    /// # Ok::<(), wp_core::RequestError>(())
    /// ```
    pub fn template(&self) -> String {
        let mut out = String::with_capacity(self.as_str().len());
        for segment in self.as_str().split('/').skip(1) {
            let bytes = segment.as_bytes();
            let version =
                matches!(bytes, [b'v', rest @ ..] if rest.len() < 3 && rest.iter().all(u8::is_ascii_digit));
            let word = bytes.len() <= 24
                && bytes.iter().all(|&byte| byte.is_ascii_lowercase() || b"-_".contains(&byte));
            out.push('/');
            out.push_str(if version || word { segment } else { "{}" });
        }
        out
    }

    /// The route as it is written in a URL.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Static(route) => route,
            Text::Shared(route) => route,
        }
    }
}

impl PartialEq for Route {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Route {}

impl Hash for Route {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Route").field(&self.as_str()).finish()
    }
}

/// Whether a route is already normalized and can be used as it is.
fn is_normal(route: &str) -> bool {
    // A dot may belong to a `..` segment.
    let is_plain = |&byte: &u8| byte == b'/' || (byte != b'.' && is_unreserved(byte));
    route.starts_with('/') && route.as_bytes().iter().all(is_plain)
}

impl Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn route_template_replaces_ids() {
        for (route, template) in [
            ("/wp/v2/posts/12/revisions/7", "/wp/v2/posts/{}/revisions/{}"),
            ("/wp/v2/users/me/application-passwords/5f3c-a1", "/wp/v2/users/me/application-passwords/{}"),
            ("/api-bearer-auth/v1/tokens/refresh", "/api-bearer-auth/v1/tokens/refresh"),
            ("/x/v1/reset/averylongwordthatisakeyperhaps", "/x/v1/reset/{}"),
            ("/wp/v2/templates/theme//home", "/wp/v2/templates/theme//home"),
            ("/", "/"),
        ] {
            assert_eq!(Route::new(route).unwrap().template(), template);
        }
    }

    #[test]
    fn route_is_normalized() {
        for (given, expected) in [
            ("/wp/v2/posts", "/wp/v2/posts"),
            ("wp/v2/posts/", "/wp/v2/posts/"),
            ("/", "/"),
            ("", "/"),
            ("/wp/v2/templates/theme//home", "/wp/v2/templates/theme//home"),
            ("/x/v1/ä b|'", "/x/v1/%C3%A4%20b%7C%27"),
        ] {
            assert_eq!(Route::new(given).unwrap().as_str(), expected);
            assert_eq!(Route::from_static(given).unwrap().as_str(), expected);
        }
        for bad in ["/a/../b", "/a/%2e%2e/b", "/a?b", "/a#b", "https://evil.example/x", "/a\nb"] {
            let error = Route::new(bad).unwrap_err().to_string();
            let shown = bad.split('?').next().unwrap();
            assert!(error.contains(&format!("{shown:?}")), "{error}");
            assert_eq!(Route::from_static(bad).unwrap_err().to_string(), error);
        }
    }

    #[test]
    fn id_is_encoded_as_one_segment() {
        let route = Route::new("/wp/v2/plugins").unwrap();
        assert_eq!(route.join("a/b%").unwrap().as_str(), "/wp/v2/plugins/a%2Fb%25");
        assert_eq!(Route::new("/").unwrap().join(7).unwrap().as_str(), "/7");
        assert!(route.join("").is_err() && route.join("..").is_err());
    }

    #[test]
    fn a_path_keeps_its_slashes_and_stays_below_its_parent() {
        let route = Route::new("/wp/v2/templates").unwrap();
        for (path, expected) in
            [("a//home", "a//home"), ("x y/ä?#%2e", "x%20y/%C3%A4%3F%23%252e"), ("...", "...")]
        {
            assert_eq!(route.join_path(path).unwrap().as_str(), format!("/wp/v2/templates/{expected}"));
        }
        for path in ["", "..", "a/../../users", "a/.", "./a", "/users", "a/", "/"] {
            assert!(route.join_path(path).is_err(), "{path}");
        }
    }
}
