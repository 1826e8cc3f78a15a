//! Avatars of users.

use std::collections::BTreeMap;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// URLs of an avatar by its width in pixels. Sizes without a URL are not in the map.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AvatarUrls {
    urls: BTreeMap<String, String>,
    /// The sizes without a URL.
    without: Vec<String>,
}

impl Deref for AvatarUrls {
    type Target = BTreeMap<String, String>;

    fn deref(&self) -> &Self::Target {
        &self.urls
    }
}

impl Serialize for AvatarUrls {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.urls.len() + self.without.len()))?;
        for (size, url) in &self.urls {
            map.serialize_entry(size, url)?;
        }
        for size in &self.without {
            map.serialize_entry(size, &false)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for AvatarUrls {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut urls = BTreeMap::<String, String>::deserialize(deserializer)?;
        let mut without = Vec::new();
        urls.retain(|size, url| {
            if url.is_empty() {
                without.push(size.clone());
            }
            !url.is_empty()
        });
        Ok(Self { urls, without })
    }
}
