//! An item with fields that its own type does not have.

use std::ops::{Deref, DerefMut};

use serde::de::DeserializeOwned;
use wp_core::response::Json;
use wp_core::{Listed, Resource};

use super::rows::{Rows, items, rows};
use super::{Converted, Sent, value};

/// An item, and an `X` that was read from the same JSON: fields that a plugin adds to it. Made by
/// [`Request::with`](crate::Request::with) and [`List::with`](crate::List::with).
///
/// ```no_run
/// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
/// #[derive(serde::Deserialize)]
/// struct Acf {
///     acf: Fields,
/// }
///
/// #[derive(serde::Deserialize)]
/// struct Fields {
///     isbn: String,
/// }
///
/// for post in wp.posts().list().with::<Acf>().await? {
///     println!("{}: {}", post.title.rendered, post.extra.acf.isbn);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct With<T, X> {
    /// The item.
    pub item: T,
    /// The other fields that were read.
    pub extra: X,
}

impl<T, X> Deref for With<T, X> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.item
    }
}

impl<T, X> DerefMut for With<T, X> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.item
    }
}

pub(crate) fn value_with<T: DeserializeOwned, X: DeserializeOwned>(
    json: &Json,
    sent: &Sent<'_>,
) -> Converted<With<T, X>> {
    let (item, mut coercions) = value(json, sent)?;
    let (extra, of_extra) = value(json, sent)?;
    coercions.extend(of_extra);
    Ok((With { item, extra }, coercions))
}

pub(crate) fn rows_with<R: Listed, T: Resource, X: DeserializeOwned>(
    json: &Json,
    sent: &Sent<'_>,
) -> Converted<Rows<With<T, X>>> {
    let (Rows { items: first, keys, stamps, ignored }, mut coercions) = rows::<R, T>(json, sent)?;
    let (extras, of_extras) = items::<R, X>(json, sent)?;
    coercions.extend(of_extras);
    let items = first.into_iter().zip(extras).map(|(item, extra)| With { item, extra }).collect();
    Ok((Rows { items, keys, stamps, ignored }, coercions))
}
