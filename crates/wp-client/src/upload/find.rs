//! Looking a file up in the media library.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::future::poll_fn;

use bytes::{Buf, Bytes};
use serde::Deserialize;
use serde_json::Value;
use wp_core::models::{Media, MediaId, NewMedia, PostStatus};
use wp_core::{Body, Edit, KeyFields, NaturalKey as _, RequestError, TransportErrorKind, filters};

use super::Uploaded;
use crate::{Collection, Error, ErrorKind, List, MediaFile, Order, Result};

/// Why a file cannot be compared.
const READ_ONCE: &str =
    "it can be read only once, so it cannot be compared; set a slug, or use bytes or a file";

/// A file that is looked for.
pub(super) struct Wanted {
    /// The key, if there is one.
    slug: Option<String>,
    name: Name,
    length: Option<u64>,
    /// `None` if it can be read only once.
    content: Option<Body>,
    /// Whether WordPress is to make the sizes of the image.
    pub(super) needs_sizes: bool,
    is_private: bool,
    /// Whether files are read at other origins, too.
    any_origin: bool,
}

impl Wanted {
    /// # Errors
    /// The name or the fields are invalid, WordPress would change the slug, or there is neither a slug nor content that
    /// can be read again.
    pub(super) fn of(file: &MediaFile, new: &NewMedia, any_origin: bool) -> Result<Self, RequestError> {
        let fields = serde_json::to_value(new).map_err(RequestError::Json)?;
        let text = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let slug = text("slug").map(str::to_owned);
        let refuse = |reason| RequestError::Part { name: file.name().to_owned(), reason };
        let content = file.content.try_clone();
        match &slug {
            Some(slug) => {
                let mut key = KeyFields::default();
                key.slug = Some(slug.clone());
                filters::Posts::lookup(&key)?;
            }
            None if content.is_none() => return Err(refuse(READ_ONCE)),
            None if file.len().is_none() => return Err(refuse("its length is not known")),
            None => {}
        }
        Ok(Self {
            name: Name::of(&file.sent_name()?),
            length: file.len(),
            content,
            needs_sizes: fields.get("generate_sub_sizes") != Some(&Value::Bool(false)),
            is_private: text("status") == Some(PostStatus::Private.as_str()),
            slug,
            any_origin,
        })
    }

    /// Returns the item that has the file.
    pub(super) async fn find(&self, media: &Collection<Media>) -> Result<Option<Uploaded>> {
        if let Some(slug) = &self.slug {
            // Not in the context `edit`, in which WordPress leaves out what the user may not edit.
            let found = self.list(media).slug(slug.as_str()).select::<Item>().await?;
            if let Some(found) = found.into_iter().find(|item| item.slug == *slug)
                && let Some(found) = self.get(media, found.id).await?
            {
                return Ok(Some(Uploaded::Found(found)));
            }
        }
        let (found, is_complete) = self.search(media).await?;
        if found.is_some() || is_complete {
            return Ok(found);
        }
        // The list may have changed between two pages, and the file with it. Some sites have the warning in each walk.
        Ok(self.search(media).await?.0)
    }

    fn list(&self, media: &Collection<Media>) -> List<Media> {
        let list = media.list().per_page(100);
        if self.is_private {
            return list.statuses([PostStatus::Inherit, PostStatus::Private]);
        }
        list
    }

    /// Looks for the file by its name. Returns whether no item was left out, too.
    async fn search(&self, media: &Collection<Media>) -> Result<(Option<Uploaded>, bool)> {
        // In this order no item is left out while others are deleted, and of two copies the older one is found.
        let mut list = self.list(media).order_by("id", Order::Asc);
        // WordPress looks for it in the path of the file, too. One word only: of several it ignores some, or it looks for all
        // of them as one text.
        if let Some(word) = self.name.words.iter().max_by_key(|word| word.len()) {
            list = list.search(word);
        }
        let mut items = list.select::<Item>().stream();
        let mut unverified = None;
        while let Some(item) = items.try_next().await? {
            let original = item.original();
            if !self.may_be(&item.slug, &original) {
                continue;
            }
            match self.compare(media, &original).await? {
                Compared::Same => {
                    if let Some(found) = self.get(media, item.id).await? {
                        return Ok((Some(Uploaded::Found(found)), true));
                    }
                }
                Compared::Different => {}
                Compared::Unreadable(_) if !self.name.is_all_of(original.name) => {}
                Compared::Unreadable(_) if original.size.is_some() && self.length.is_some() => {
                    unverified = unverified.or(Some(item.id));
                }
                // The name alone tells nothing.
                Compared::Unreadable(error) => {
                    let context = media.request::<()>(http::Method::GET).error_context();
                    return Err(context.error(error).of_attachment(item.id.get()));
                }
            }
        }
        let is_complete = items.warning().is_none();
        Ok(match unverified {
            Some(id) => (self.get(media, id).await?.map(Uploaded::Unverified), is_complete),
            None => (None, is_complete),
        })
    }

    /// The result for an item that was uploaded now: whether the next look-up will find it.
    pub(super) fn settle(&self, created: Media<Edit>) -> Uploaded {
        let details = &created.media_details;
        let original = Original::of(
            &created.source_url,
            details.original_image.as_deref(),
            details.file.as_deref(),
            details.filesize.or(created.filesize),
        );
        let has_slug = self.slug.as_ref().is_some_and(|slug| created.slug == *slug);
        if has_slug || self.may_be(&created.slug, &original) {
            Uploaded::Created(created)
        } else {
            Uploaded::KeyChanged(created)
        }
    }

    /// Whether the content of an item is worth a look. Of a file with a slug, WordPress may have added a number to it: also
    /// posts of other types have slugs, and the user may not see all of them.
    fn may_be(&self, slug: &str, original: &Original<'_>) -> bool {
        let is_like_it = match original.size.zip(self.length) {
            Some((size, length)) => size == length && self.name.is_in(original.name),
            // Many files have a short name in theirs, and each would be downloaded.
            None => self.name.is_all_of(original.name),
        };
        is_like_it && self.slug.as_ref().is_none_or(|wanted| is_numbered(slug, wanted))
    }

    /// The item as a whole. `None` if it is gone meanwhile.
    async fn get(&self, media: &Collection<Media>, id: MediaId) -> Result<Option<Media<Edit>>> {
        match media.get(id).edit().await {
            Err(error) if error.is_not_found() => Ok(None),
            // The file is there, and the user may not edit it.
            found => found.map(Some).map_err(|error| error.of_attachment(id.get())),
        }
    }

    /// Compares the file with that of an item. Only bytes that were read and differ show another file: a plugin may protect
    /// it, a server may compress it on the way, and an item may have lost it.
    async fn compare(&self, media: &Collection<Media>, original: &Original<'_>) -> Result<Compared> {
        let url = &*original.url;
        let changed = || {
            let reason =
                "the site gives another number of bytes than its media library has, so it cannot be compared";
            RequestError::Part { name: original.name.to_owned(), reason }
        };
        let Some(mut content) = self.content.as_ref().and_then(Body::try_clone) else {
            let name = url.rsplit('/').next().unwrap_or_default().to_owned();
            return Ok(Compared::Unreadable(RequestError::Part { name, reason: READ_ONCE }.into()));
        };
        let mut download = media.download_url(url);
        if self.any_origin {
            download = download.any_origin();
        }
        let mut chunks = download.chunks();
        let (mut wanted, mut seen, mut is_same) = (Bytes::new(), 0, true);
        loop {
            let mut chunk = match chunks.try_next().await {
                Ok(Some(chunk)) => chunk,
                // Where no size was announced, it is known now.
                Ok(None) if original.size.is_some_and(|size| size != seen) => {
                    return Ok(Compared::Unreadable(changed().into()));
                }
                Ok(None) if is_same && self.length == Some(seen) => return Ok(Compared::Same),
                Ok(None) => return Ok(Compared::Different),
                Err(error) if is_not_given(&error) || is_elsewhere(&error) => {
                    return Ok(Compared::Unreadable(error));
                }
                Err(error) => return Err(error),
            };
            seen += chunk.len() as u64;
            match (original.size, chunks.total()) {
                (Some(size), Some(total)) if total != size => {
                    return Ok(Compared::Unreadable(changed().into()));
                }
                (Some(size), _) if seen > size => return Ok(Compared::Unreadable(changed().into())),
                (_, Some(total)) if Some(total) != self.length => return Ok(Compared::Different),
                _ => {}
            }
            while is_same && !chunk.is_empty() {
                if wanted.is_empty() {
                    match poll_fn(|cx| content.poll_piece(cx)).await {
                        Some(piece) => wanted = piece?,
                        None => is_same = false,
                    }
                }
                let both = chunk.len().min(wanted.len());
                is_same &= chunk[..both] == wanted[..both];
                chunk.advance(both);
                wanted.advance(both);
            }
            // Of a size that is not announced, the end shows whether it is that of the item.
            if !is_same && (original.size.is_none() || chunks.total().is_some()) {
                return Ok(Compared::Different);
            }
        }
    }
}

/// What a comparison shows.
enum Compared {
    Same,
    Different,
    /// The file is not read there as it was uploaded, or it can be read only once here.
    Unreadable(Error),
}

/// The fields of an item that the look-up needs: a whole item is long, and a library has many.
#[derive(Deserialize)]
struct Item {
    id: MediaId,
    slug: String,
    source_url: String,
    filesize: Option<u64>,
    /// As a map, so that it is asked for as a whole: WordPress responds with nothing for a field inside it.
    #[serde(default)]
    media_details: BTreeMap<String, Value>,
}

impl Item {
    fn original(&self) -> Original<'_> {
        let text = |name| self.media_details.get(name).and_then(Value::as_str);
        let size = self.media_details.get("filesize").and_then(Value::as_u64).or(self.filesize);
        Original::of(&self.source_url, text("original_image"), text("file"), size)
    }
}

/// The file of an item as it was uploaded.
struct Original<'m> {
    name: &'m str,
    /// `None` if WordPress does not say it.
    size: Option<u64>,
    url: Cow<'m, str>,
}

impl<'m> Original<'m> {
    fn of(
        source_url: &'m str,
        original_image: Option<&'m str>,
        path: Option<&'m str>,
        size: Option<u64>,
    ) -> Self {
        // WordPress made a smaller image of it, whose size the item has. The original is beside it.
        if let Some(name) = original_image {
            let folder = source_url.rsplit_once('/').map_or("", |(folder, _)| folder);
            return Self { name, size: None, url: format!("{folder}/{name}").into() };
        }
        let path = path.unwrap_or(source_url);
        Self { name: path.rsplit('/').next().unwrap_or(path), size, url: source_url.into() }
    }
}

/// Whether the server does not give the file to this reader: it is protected, or lost.
fn is_not_given(error: &Error) -> bool {
    error.status().is_some_and(|status| matches!(status.as_u16(), 401 | 403 | 404 | 410))
}

/// Whether the site keeps the file where it is not read: at another origin, or behind a redirect there.
fn is_elsewhere(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Request(RequestError::Url { .. }) => true,
        ErrorKind::Transport(error) => error.kind() == TransportErrorKind::Redirect,
        _ => false,
    }
}

/// The longest slug that WordPress stores, in bytes.
const MAX_SLUG_BYTES: usize = 200;

/// Whether WordPress made the slug of `wanted`, which was taken: `dune-2`. It shortens a long one for the number.
fn is_numbered(slug: &str, wanted: &str) -> bool {
    slug.rsplit_once('-').is_some_and(|(stem, number)| {
        let is_number = number.parse::<u64>().is_ok_and(|number| number > 1);
        // What it cuts may be a part of an octet, or the `-` before a word.
        let is_cut = wanted.starts_with(stem) && wanted.len() + number.len() + 1 > MAX_SLUG_BYTES;
        is_number && (stem == wanted || is_cut)
    })
}

/// A name without its ending.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Whether WordPress leaves the character as it is. It removes or replaces signs and blanks, and takes the accents from
/// Latin letters, in some languages by two letters for one.
fn stays(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || (c.is_alphanumeric() && c >= '\u{370}' && !('\u{1d00}'..='\u{20cf}').contains(&c))
}

/// What WordPress leaves of the name of a file.
struct Name {
    words: Vec<String>,
    /// The letters from which it takes the accents.
    accents: usize,
}

impl Name {
    fn of(name: &str) -> Self {
        let stem = stem(name);
        let words =
            stem.split(|c| !stays(c)).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
        let accents = stem.chars().filter(|c| c.is_alphanumeric() && !stays(*c)).count();
        Self { words, accents }
    }

    /// Whether the words are in the stored name, in their order.
    fn is_in(&self, stored: &str) -> bool {
        let stored = stored.to_lowercase();
        let mut rest = stored.as_str();
        self.words.iter().all(|word| match rest.split_once(word.as_str()) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
    }

    /// Whether nothing else is in the stored name than the words, what WordPress makes of accents, and what it appends.
    fn is_all_of(&self, stored: &str) -> bool {
        let letters = |name: &str| name.chars().filter(|c| c.is_alphanumeric()).count();
        let known: usize = self.words.iter().map(|word| word.chars().count()).sum();
        let mut name = stem(stored);
        while let Some((before, last)) = name.rsplit_once('-')
            && (matches!(last, "scaled" | "rotated") || last.bytes().all(|byte| byte.is_ascii_digit()))
            && letters(before) >= known
        {
            name = before;
        }
        self.is_in(stored) && letters(name) <= known + 2 * self.accents
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_similar_to_what_wordpress_makes_of_it() {
        for (name, stored) in [
            ("my dune (1).jpg", "my-dune-1.jpg"),
            ("my dune (1).jpg", "my-dune-1-2.jpg"),
            ("Düne.JPG", "Dune.jpg"),
            ("Düne.JPG", "Duene-scaled.jpg"),
            ("50%+.png", "50-1.png"),
            ("文.png", "文-3.png"),
            ("a.b.png", "a.b.png"),
        ] {
            assert!(Name::of(name).is_in(stored) && Name::of(name).is_all_of(stored), "{name} {stored}");
        }
        assert!(Name::of("(!).png").is_in("unnamed-file.png"));
        for (name, other) in [("dune.jpg", "dun.jpg"), ("a b.jpg", "b-a.jpg"), ("文.png", "字.png")] {
            assert!(!Name::of(name).is_in(other), "{name} {other}");
        }
        for (name, other) in
            [("a.png", "banana.png"), ("dune.jpg", "dune-of-sand.jpg"), ("my-dune-2.jpg", "my-dune.jpg")]
        {
            assert!(!Name::of(name).is_all_of(other), "{name} {other}");
        }
    }

    #[test]
    fn a_slug_is_recognized_with_the_number_of_wordpress() {
        let long = "s".repeat(200);
        for (slug, wanted) in
            [("dune-2", "dune"), ("dune-2-17", "dune-2"), (&format!("{}-2", &long[2..]), &*long)]
        {
            assert!(is_numbered(slug, wanted), "{slug} {wanted}");
        }
        for (slug, wanted) in [
            ("dune", "dune"),
            ("dune-1", "dune"),
            ("dune-of-2", "dune"),
            ("dun-2", "dune"),
            ("dune-2-3", "dune"),
            ("other-2", "dune"),
        ] {
            assert!(!is_numbered(slug, wanted), "{slug} {wanted}");
        }
    }
}
