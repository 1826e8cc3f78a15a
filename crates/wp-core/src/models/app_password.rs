//! Application passwords.

use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};

use crate::GmtTime;
use crate::models::declare::Form;

model! {
    /// The record of an application password. WordPress shows the password itself only once, when it is created.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct AppPassword {
        [key]
        /// The id of the record.
        uuid: String,
        /// The id of the program that uses the password, a UUID. `None` if it was created without one.
        app_id: Option<AppId>,
        /// The name that the user gave to it.
        name: String,
        /// When it was created.
        created: Option<GmtTime>,
        /// When it was last used. WordPress records at most one use a day: the first one of each day.
        last_used: Option<GmtTime>,
        /// The IP address of that use.
        last_ip: Option<String>,
    }
}

/// The id of the program that uses an application password: a UUID, never empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AppId(String);

impl Deref for AppId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Serialize for AppId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AppId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        if id.is_empty() {
            Err(D::Error::custom("the id of a program must not be empty"))
        } else {
            Ok(Self(id))
        }
    }
}

impl Form<'_, Option<AppId>> {
    pub(crate) fn form(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

/// An application password to create.
///
/// ```
/// use wp_core::models::NewAppPassword;
///
/// let backup = NewAppPassword::named("Backup").app_id("2c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d");
/// assert_eq!(serde_json::to_value(&backup)?["name"], "Backup");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewAppPassword {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_id: Option<String>,
}

impl NewAppPassword {
    /// An application password with this name, which the user sees in a list. Until WordPress 6.7, a name that is already
    /// used, in any case, is an error: 409 `application_password_duplicate_name`. Since then, names may repeat.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), app_id: None }
    }

    /// Sets the id of the program: a UUID, the same on all sites, by which its passwords can be found.
    pub fn app_id(mut self, uuid: impl Into<String>) -> Self {
        self.app_id = Some(uuid.into());
        self
    }
}

impl From<&str> for NewAppPassword {
    fn from(name: &str) -> Self {
        Self::named(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn app_password_is_read_with_or_without_last_used() {
        // As recorded on WordPress 6.5.
        let text = r#"[
            {"uuid":"11b9fd44-a434-41db-a0e7-5812497e7155","app_id":"","name":"boot","created":"2026-11-22T17:51:07",
             "last_used":"2026-11-22T17:51:08","last_ip":"127.0.0.1","_links":{"self":[{"href":"x"}]}},
            {"uuid":"48fdb84e-d919-43fc-9a12-561d4b573270","app_id":"6a1b2c3d-1234-4abc-8def-0123456789ab","name":"sdk",
             "created":"2026-11-22T17:51:07","last_used":null,"last_ip":null}
        ]"#;
        let [used, fresh] = &serde_json::from_str::<Vec<AppPassword>>(text).unwrap()[..] else { panic!() };
        assert_eq!((used.app_id.as_deref(), used.last_ip.as_deref()), (None, Some("127.0.0.1")));
        assert!(used.last_used > used.created);
        assert_eq!(fresh.app_id.as_deref(), Some("6a1b2c3d-1234-4abc-8def-0123456789ab"));
        assert_eq!((fresh.last_used, fresh.last_ip.as_deref(), &*fresh.name), (None, None, "sdk"));
    }

    #[test]
    fn only_what_was_set_is_sent() {
        let text = |new: NewAppPassword| serde_json::to_string(&new).unwrap();
        assert_eq!(text("SDK".into()), r#"{"name":"SDK"}"#);
        assert_eq!(text(NewAppPassword::named("SDK").app_id("u")), r#"{"name":"SDK","app_id":"u"}"#);
    }
}
