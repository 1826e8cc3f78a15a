//! The index of a site's API.

use std::collections::BTreeMap;

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FrontPage, MediaId, PageId};
use crate::{GmtTime, SiteTime};

model! {
    /// The index of a site's API: the response to its root. Of a route it has the name, the namespace and the methods; the
    /// parameters and the schemas, which are most of the response, are not kept.
    #[derive(Debug, Clone, PartialEq)]
    pub struct SiteInfo {
        [key]
        /// The namespaces of the API: those of WordPress, and those of plugins.
        namespaces: Vec<String>,
        /// The name of the site, with HTML entities.
        name: String,
        /// The tagline of the site.
        description: String,
        /// The URL of WordPress.
        url: String,
        /// The URL of the home page: usually the same.
        home: String,
        /// The offset of the site's clock from GMT in hours: of the [`timezone_string`](Self::timezone_string) at the
        /// time of the response, or the fixed offset of a site without one.
        gmt_offset: Option<Hours>,
        /// The time zone: `Europe/Berlin`. Empty if the site has only an offset.
        timezone_string: String,
        /// The authentication methods that announce themselves, by name. WordPress sends `[]` for none.
        authentication: BTreeMap<String, Value>,
        /// The routes of the API, by their pattern: `/wp/v2/posts/(?P<id>[\\d]+)`.
        routes: BTreeMap<String, RouteInfo>,
        /// The logo. A site whose theme has none may not send it.
        site_logo: Option<MediaId>,
        /// The icon.
        site_icon: Option<MediaId>,
        /// The URL of the icon; empty if there is none.
        site_icon_url: String,
        /// The content of the front page. Since WordPress 6.8.
        show_on_front: Option<FrontPage>,
        /// The page that is the front page. Since WordPress 6.8.
        page_on_front: Option<PageId>,
        /// The page that lists the posts. Since WordPress 6.8.
        page_for_posts: Option<PageId>,
        /// The sizes that WordPress makes of an image, by their name. This field and all that follow are sent since
        /// WordPress 7.1, over https, to a user who may upload files.
        image_sizes: BTreeMap<String, IndexImageSize>,
        /// The largest width and height in pixels of an image; WordPress scales larger ones down.
        image_size_threshold: Option<u32>,
        /// Whether WordPress removes what a camera wrote into an image.
        image_strip_meta: Option<bool>,
        /// The most bits for each color of a pixel.
        image_max_bit_depth: Option<u32>,
    }
}

model! {
    /// A route in the index.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct RouteInfo {
        /// The namespace: `wp/v2`. Empty for the index itself.
        namespace: String,
        /// The methods.
        methods: Vec<String>,
    }
}

model! {
    /// A size that WordPress makes of an image.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct IndexImageSize {
        /// The width in pixels; 0 for any.
        width: u32,
        /// The height in pixels; 0 for any.
        height: u32,
        /// Whether the image is cut to the size.
        crop: bool,
    }
}

/// A number of hours, with a fraction: 5.75. WordPress writes it as a text or as a number.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize)]
pub struct Hours(f64);

impl Hours {
    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Number(f64),
            Text(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Number(hours) => Ok(Self(hours)),
            Form::Text(text) => text.trim().parse().map(Self).map_err(D::Error::custom),
        }
    }
}

impl SiteInfo {
    /// Converts a moment to the site's clock, by the [`gmt_offset`](Self::gmt_offset). The result is reliable only for
    /// moments near the response, since the offset may change. `None` if the site sent no offset.
    pub fn local_time(&self, moment: GmtTime) -> Option<SiteTime> {
        let seconds = (self.gmt_offset?.get() * 3600.0).round();
        #[allow(clippy::cast_possible_truncation)] // at most 24 hours
        (seconds.abs() <= 86_400.0).then(|| moment.on_clock(seconds as i32))?
    }

    /// Whether the API has this namespace: `jwt-auth/v1`.
    ///
    /// ```
    /// # use wp_core::models::SiteInfo;
    /// let site: SiteInfo = serde_json::from_str(r#"{"namespaces":["wp/v2","simple-jwt-login/v1"]}"#)?;
    /// // Which token plugin is there?
    /// let known = ["jwt-auth/v1", "api-bearer-auth/v1", "simple-jwt-login/v1"];
    /// assert_eq!(known.into_iter().find(|namespace| site.has_namespace(namespace)), Some("simple-jwt-login/v1"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn has_namespace(&self, namespace: &str) -> bool {
        self.namespaces.iter().any(|known| known == namespace)
    }

    /// Whether the API has a route with this pattern: `/wp/v2/font-families`.
    pub fn has_route(&self, pattern: &str) -> bool {
        self.routes.contains_key(pattern)
    }

    /// The page where the user grants an application password. `None` if the site has none: application passwords are
    /// disabled, or the site is neither on https nor declared as local.
    pub fn application_passwords(&self) -> Option<&str> {
        self.authentication.get("application-passwords")?.get("endpoints")?.get("authorization")?.as_str()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: Value) -> Option<SiteInfo> {
        serde_json::from_value(value).ok()
    }

    #[test]
    fn site_index_is_read_leniently() {
        for (offset, hours) in [
            (json!("5.5"), Some(5.5)),
            (json!(5.75), Some(5.75)),
            (json!("-3"), Some(-3.0)),
            (json!(""), None),
            (json!(null), None),
        ] {
            let site =
                read(json!({"namespaces": ["wp/v2"], "gmt_offset": offset, "authentication": []})).unwrap();
            assert_eq!((site.gmt_offset.map(Hours::get), site.application_passwords()), (hours, None));
            assert!(site.has_namespace("wp/v2") && !site.has_namespace("jwt-auth/v1"));
        }
        let offered =
            json!({"application-passwords": {"endpoints": {"authorization": "https://e.org/a.php"}}});
        let site =
            read(json!({"namespaces": {"1": "wp/v2"}, "description": false, "authentication": offered}))
                .unwrap();
        assert_eq!(site.application_passwords(), Some("https://e.org/a.php"));
        for other in [json!({"name": "x"}), json!([]), json!({"namespaces": "wp/v2"})] {
            assert_eq!(read(other), None);
        }
    }
}
