//! Looking a file up in the media library.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::future::poll_fn;

use bytes::{Buf, Bytes};
use serde::Deserialize;
use serde_json::Value;
use wp_core::models::{Media, MediaId, NewMedia, PostStatus};
use wp_core::{Body, Edit, RequestError};

use crate::{Collection, Error, MediaFile, Result};

/// A file that is looked for.
pub(super) struct Wanted {
    by: By,
    /// Whether WordPress is to make the sizes of the image.
    pub(super) needs_sizes: bool,
    is_private: bool,
}

enum By {
    Slug(String),
    Content { words: Vec<String>, content: Body, length: u64 },
}

impl Wanted {
    /// # Errors
    /// The name or the fields are invalid, or there is neither a slug nor content that can be read again.
    pub(super) fn of(file: &MediaFile, new: &NewMedia) -> Result<Self, RequestError> {
        let fields = serde_json::to_value(new).map_err(RequestError::Json)?;
        let text = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let needs_sizes = fields.get("generate_sub_sizes") != Some(&Value::Bool(false));
        let is_private = text("status") == Some(PostStatus::Private.as_str());
        let by = if let Some(slug) = text("slug") {
            By::Slug(slug.to_owned())
        } else {
            let refuse = |reason| RequestError::Part { name: file.name().to_owned(), reason };
            let again =
                "it can be read only once, so it cannot be compared; set a slug, or use bytes or a file";
            let content = file.content.try_clone().ok_or_else(|| refuse(again))?;
            let length = content.len().ok_or_else(|| refuse("its length is not known"))?;
            By::Content { words: words(stem(&file.sent_name()?)), content, length }
        };
        Ok(Self { by, needs_sizes, is_private })
    }

    /// Returns the item that has the file.
    pub(super) async fn find(&self, media: &Collection<Media>) -> Result<Option<Media<Edit>>> {
        let mut list = media.list().per_page(100);
        if self.is_private {
            list = list.statuses([PostStatus::Inherit, PostStatus::Private]);
        }
        let (words, content, length) = match &self.by {
            By::Slug(slug) => {
                let found = list.slug(slug.as_str()).edit().await?;
                return Ok(found.into_iter().find(|item| item.slug == *slug));
            }
            By::Content { words, content, length } => (words, content, *length),
        };
        // WordPress looks for it in the path of the file, too. One word only: of several it ignores some, or it looks for all
        // of them as one text.
        if let Some(word) = words.iter().max_by_key(|word| word.len()) {
            list = list.search(word);
        }
        let mut items = list.select::<Item>().stream();
        while let Some(item) = items.try_next().await? {
            let original = Original::of(&item);
            if is_similar(words, original.name)
                && original.size.is_none_or(|size| size == length)
                && is_same(media, &original.url, content, length).await?
            {
                // It may have been deleted since.
                return match media.get(item.id).edit().await {
                    Err(error) if error.is_not_found() => Ok(None),
                    found => found.map(Some),
                };
            }
        }
        Ok(None)
    }
}

/// The fields of an item that the look-up needs: a whole item is long, and a library has many.
#[derive(Deserialize)]
struct Item {
    id: MediaId,
    source_url: String,
    filesize: Option<u64>,
    /// As a map, so that it is asked for as a whole: WordPress responds with nothing for a field inside it.
    #[serde(default)]
    media_details: BTreeMap<String, Value>,
}

/// The file of an item as it was uploaded.
struct Original<'m> {
    name: &'m str,
    /// `None` if WordPress does not say it.
    size: Option<u64>,
    url: Cow<'m, str>,
}

impl<'m> Original<'m> {
    fn of(item: &'m Item) -> Self {
        let source_url = item.source_url.as_str();
        let text = |name| item.media_details.get(name).and_then(Value::as_str);
        // WordPress made a smaller image of it, whose size the item has. The original is beside it.
        if let Some(name) = text("original_image") {
            let folder = source_url.rsplit_once('/').map_or("", |(folder, _)| folder);
            return Self { name, size: None, url: format!("{folder}/{name}").into() };
        }
        let path = text("file").unwrap_or(source_url);
        let name = path.rsplit('/').next().unwrap_or(path);
        let size = item.media_details.get("filesize").and_then(Value::as_u64);
        Self { name, size: size.or(item.filesize), url: source_url.into() }
    }
}

/// Whether the file at the URL has this content.
async fn is_same(media: &Collection<Media>, url: &str, content: &Body, length: u64) -> Result<bool> {
    let Some(mut content) = content.try_clone() else { return Ok(false) };
    let mut chunks = media.download_url(url).chunks();
    let mut wanted = Bytes::new();
    let mut seen = 0;
    loop {
        let mut chunk = match chunks.try_next().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return Ok(seen == length),
            // The item has lost its file.
            Err(error) if is_gone(&error) => return Ok(false),
            Err(error) => return Err(error),
        };
        if chunks.total().is_some_and(|total| total != length) {
            return Ok(false);
        }
        seen += chunk.len() as u64;
        while !chunk.is_empty() {
            if wanted.is_empty() {
                match poll_fn(|cx| content.poll_piece(cx)).await {
                    Some(piece) => wanted = piece?,
                    None => return Ok(false),
                }
            }
            let both = chunk.len().min(wanted.len());
            if chunk[..both] != wanted[..both] {
                return Ok(false);
            }
            chunk.advance(both);
            wanted.advance(both);
        }
    }
}

fn is_gone(error: &Error) -> bool {
    error.status().is_some_and(|status| matches!(status.as_u16(), 404 | 410))
}

/// A name without its ending.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// The parts of a name that WordPress leaves as they are. It removes or replaces signs and blanks, and takes the accents
/// from Latin letters, in some languages by two letters for one.
fn words(name: &str) -> Vec<String> {
    let stays = |c: char| {
        c.is_ascii_alphanumeric()
            || (c.is_alphanumeric() && c >= '\u{370}' && !('\u{1d00}'..='\u{20cf}').contains(&c))
    };
    name.split(|c: char| !stays(c)).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// Whether the words are in the name, in their order.
fn is_similar(words: &[String], name: &str) -> bool {
    let name = name.to_lowercase();
    let mut rest = name.as_str();
    words.iter().all(|word| match rest.split_once(word.as_str()) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
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
            ("(!).png", "unnamed-file.png"),
            ("a.b.png", "a.b.png"),
        ] {
            assert!(is_similar(&words(stem(name)), stored), "{name} {stored}");
        }
        for (name, other) in [("dune.jpg", "dun.jpg"), ("a b.jpg", "b-a.jpg"), ("文.png", "字.png")] {
            assert!(!is_similar(&words(stem(name)), other), "{name} {other}");
        }
    }
}
