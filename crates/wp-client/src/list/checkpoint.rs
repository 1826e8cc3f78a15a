//! The state of a mirror of a list.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::cursor::{checksum, digest};
use crate::Request;
use crate::read::stamp::Stamp;

/// What a mirror has of a list: the ids of its items, and what each was like. Store it with the mirror, as JSON, and pass
/// it to [`List::changes_since`](crate::List::changes_since).
///
/// It is of one list at one site, as one user sees it. With another list (another route, filter or selection of fields),
/// another site or another user, it is a [`RequestError::Checkpoint`](wp_core::RequestError::Checkpoint), and nothing is
/// sent: what this user does not see, or this site does not have, would be reported as deleted. It holds digests of the
/// address and of the user name, and no secret. A user whose provider does not name an account is known by the scheme only.
///
/// An item takes about 25 bytes of JSON.
///
/// ```
/// # fn main() -> Result<(), serde_json::Error> {
/// let stored = r#"{"version":2,"site":31,"user":41,"list":59,"since":1767225600,"ids":[1,3,4,1],"modified":[1767225000,3,0,900],"digests":[26,53,58,97]}"#;
/// let checkpoint: wp_client::Checkpoint = serde_json::from_str(stored)?;
/// assert_eq!(checkpoint.len(), 4); // 1, 2, 3 and 8
/// assert_eq!(serde_json::to_string(&checkpoint)?, stored);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// A digest of the address of the site.
    site: u64,
    /// A digest of who reads the list.
    user: u64,
    /// Which list it is of: a checksum of the route and the filters.
    list: u64,
    /// All changes up to this second are known, in Unix seconds of the server. `None` if that is not known.
    pub(super) since: Option<u64>,
    pub(super) items: BTreeMap<u64, Seen>,
}

/// The state of an item when it was returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// When it had been changed, in Unix seconds; `None` if the site does not say.
    pub(super) modified: Option<u64>,
    /// A digest of it. `None` if it is not known.
    digest: Option<u64>,
}

impl From<Stamp> for Seen {
    fn from(stamp: Stamp) -> Self {
        Self { modified: stamp.modified, digest: Some(stamp.digest).filter(|digest| *digest > 0) }
    }
}

impl Seen {
    /// Whether the item may have changed without another time, if all changes up to `since` are known.
    pub(super) fn is_open(self, since: Option<u64>) -> bool {
        self.modified.zip(since).is_none_or(|(modified, since)| modified > since)
    }

    /// Whether an item with this stamp is another one.
    pub(super) fn differs(self, stamp: Stamp) -> bool {
        self.modified != stamp.modified || self.digest.is_some_and(|digest| digest != stamp.digest)
    }
}

impl Checkpoint {
    /// That of an empty mirror of this list.
    pub(super) fn of<T>(list: &Request<T>) -> Self {
        let (site, user) = (digest([&*list.site_text()]), digest([&*list.user_text()]));
        Self {
            site,
            user,
            list: checksum(list.route_text(), list.asked()),
            since: None,
            items: BTreeMap::new(),
        }
    }

    /// What differs in that of another mirror.
    pub(super) fn differs(&self, other: &Self) -> Option<&'static str> {
        let differing = [
            ("site", self.site != other.site),
            ("list", self.list != other.list),
            ("user", self.user != other.user),
        ];
        differing.into_iter().find_map(|(name, differs)| differs.then_some(name))
    }

    /// The number of items of the mirror.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether the mirror has no items.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// The version of the stored form.
const VERSION: u32 = 2;

/// The stored form.
#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    site: u64,
    user: u64,
    list: u64,
    since: Option<u64>,
    /// The ids, as runs: how far the next id is from the last one, and how many follow without a gap.
    ids: Vec<u64>,
    /// The time of each item, as the difference to the one before. Empty if no item has one.
    modified: Vec<i64>,
    /// The digest of each item; 0 if there is none.
    digests: Vec<u64>,
}

impl Serialize for Checkpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut ids: Vec<u64> = Vec::new();
        let mut last = 0;
        for id in self.items.keys() {
            match ids.last_mut() {
                Some(run) if *id == last + 1 => *run += 1,
                _ => ids.extend([id - last, 1]),
            }
            last = *id;
        }
        let mut before = 0;
        let times = self.items.values().map(|seen| seen.modified.map_or(0, u64::cast_signed));
        let modified = times.map(|time| time.wrapping_sub(std::mem::replace(&mut before, time)));
        let is_dated = self.items.values().any(|seen| seen.modified.is_some());
        let modified = if is_dated { modified.collect() } else { Vec::new() };
        let digests = self.items.values().map(|seen| seen.digest.unwrap_or_default()).collect();
        let Self { site, user, list, since, .. } = *self;
        Stored { version: VERSION, site, user, list, since, ids, modified, digests }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Checkpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Stored { version, site, user, list, since, ids, modified, digests } =
            Stored::deserialize(deserializer)?;
        if version != VERSION {
            return Err(D::Error::custom(format_args!(
                "the version of the checkpoint is {version}, not {VERSION}"
            )));
        }
        let wrong = || D::Error::custom("the parts of the checkpoint do not match");
        let mut items = BTreeMap::new();
        let (mut last, mut time) = (0_u64, 0_i64);
        let (mut modified, mut digests) = (modified.into_iter(), digests.into_iter());
        let is_dated = modified.len() > 0;
        for run in ids.chunks(2) {
            let [distance, count] = *run else { return Err(wrong()) };
            if distance == 0 {
                return Err(wrong());
            }
            last = last.checked_add(distance - 1).ok_or_else(wrong)?;
            for _ in 0..count {
                last = last.checked_add(1).ok_or_else(wrong)?;
                if is_dated {
                    time = time.wrapping_add(modified.next().ok_or_else(wrong)?);
                }
                let modified = u64::try_from(time).ok().filter(|time| *time > 0);
                let digest = Some(digests.next().ok_or_else(wrong)?).filter(|digest| *digest > 0);
                items.insert(last, Seen { modified, digest });
            }
        }
        if modified.next().is_some() || digests.next().is_some() {
            return Err(wrong());
        }
        Ok(Self { site, user, list, since, items })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str) -> Result<Checkpoint, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn checkpoint_is_stored_as_runs_and_differences() {
        let seen = |modified: Option<u64>, digest: Option<u64>| Seen { modified, digest };
        let items = [
            (1, seen(Some(100), Some(5))),
            (2, seen(Some(90), None)),
            (3, seen(Some(250), Some(7))),
            (9, seen(None, Some(8))),
            (1_000, seen(Some(300), None)),
        ];
        let (site, user, list) = (3, 4, 5);
        let checkpoint = Checkpoint { site, user, list, since: Some(200), items: items.into() };
        let text = serde_json::to_string(&checkpoint).unwrap();
        let expected = r#"{"version":2,"site":3,"user":4,"list":5,"since":200,"ids":[1,3,6,1,991,1],"modified":[100,-10,160,-250,300],"digests":[5,0,7,8,0]}"#;
        assert_eq!(text, expected);
        assert_eq!(stored(&text).unwrap(), checkpoint);
        let undated = Checkpoint { since: None, items: [(4, seen(None, Some(9)))].into(), ..checkpoint };
        let text = serde_json::to_string(&undated).unwrap();
        let expected = r#"{"version":2,"site":3,"user":4,"list":5,"since":null,"ids":[4,1],"modified":[],"digests":[9]}"#;
        assert_eq!(text, expected);
        assert_eq!(stored(&text).unwrap(), undated);
    }

    #[test]
    fn checkpoint_that_is_damaged_is_an_error() {
        let with = |version: u32, ids: &str, modified: &str, digests: &str| {
            stored(&format!(
                r#"{{"version":{version},"site":3,"user":4,"list":5,"since":200,"ids":{ids},"modified":{modified},"digests":{digests}}}"#
            ))
        };
        assert!(with(2, "[1,2]", "[100,0]", "[7,8]").is_ok());
        assert!(with(1, "[1,2]", "[100,0]", "[7,8]").unwrap_err().contains("version of the checkpoint is 1"));
        for (ids, modified, digests) in [
            ("[1]", "[100]", "[7]"),
            ("[0,2]", "[100,0]", "[7,8]"),
            ("[1,2]", "[100]", "[7,8]"),
            ("[1,2]", "[100,0,0]", "[7,8]"),
            ("[1,2]", "[100,0]", "[7]"),
            ("[1,2]", "[100,0]", "[7,8,9]"),
            ("[1,18446744073709551615]", "[100]", "[7]"),
            ("[18446744073709551615,2]", "[100,0]", "[7,8]"),
            ("[1,18446744073709551615]", "[]", "[7]"),
        ] {
            assert!(with(2, ids, modified, digests).is_err(), "{ids} {modified} {digests}");
        }
    }
}
