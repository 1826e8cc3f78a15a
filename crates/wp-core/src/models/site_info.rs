//! What a site says of itself.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{GmtTime, SiteTime};

model! {
    /// What a site says of itself: the index, which is the response of the root of its API, without the routes.
    #[derive(Debug, Clone, PartialEq)]
    pub struct SiteInfo {
        [key]
        /// The namespaces of its API: those of WordPress, and one or more of many a plugin.
        namespaces: Vec<String>,
        /// Its name, with HTML entities.
        name: String,
        /// Its tagline.
        description: String,
        /// Where WordPress is.
        url: String,
        /// Where its home page is: mostly the same.
        home: String,
        /// Hours between its time and GMT, where it has no [`timezone_string`](Self::timezone_string) or at
        /// the time of asking. WordPress sends a string or a number.
        gmt_offset: Option<f64>,
        /// Its time zone: `Europe/Berlin`. Empty where only an offset is set.
        timezone_string: String,
        /// Ways to sign in that say so, by name. WordPress writes `[]` for none.
        authentication: BTreeMap<String, Value>,
    }
}

impl SiteInfo {
    /// What the site's clock shows at this moment, by its [`gmt_offset`](Self::gmt_offset): so for moments near that at
    /// which it was asked. `None` where it names none.
    pub fn local_time(&self, moment: GmtTime) -> Option<SiteTime> {
        let seconds = (self.gmt_offset? * 3600.0).round();
        #[allow(clippy::cast_possible_truncation)] // a day and a night at most
        (seconds.abs() <= 86_400.0).then(|| moment.on_clock(seconds as i32))?
    }

    /// Whether the API has this namespace: `jwt-auth/v1`.
    pub fn has_namespace(&self, namespace: &str) -> bool {
        self.namespaces.iter().any(|known| known == namespace)
    }

    /// The page where a user grants an application password. `None` where the site has none: they are off,
    /// or it is neither on https nor says that it is local.
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
    fn an_index_is_read_as_php_writes_it() {
        for (offset, hours) in [
            (json!("5.5"), Some(5.5)),
            (json!(5.75), Some(5.75)),
            (json!("-3"), Some(-3.0)),
            (json!(""), None),
            (json!(null), None),
        ] {
            let site =
                read(json!({"namespaces": ["wp/v2"], "gmt_offset": offset, "authentication": []})).unwrap();
            assert_eq!((site.gmt_offset, site.application_passwords()), (hours, None));
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
