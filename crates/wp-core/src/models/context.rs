//! The contexts in which WordPress shows an item.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::models::{Editable, Rendered};

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::View {}
    impl Sealed for super::Edit {}
}

/// A context of the API: which form of the same item a response has. [`View`] is the default.
///
/// ```
/// use wp_core::models::{Post, PostPatch};
/// use wp_core::Edit;
///
/// // What an author wrote can be changed and written back.
/// fn sign(post: &Post<Edit>) -> PostPatch {
///     PostPatch::default().content(format!("{}\n<p>Ana</p>", post.content.raw))
/// }
/// ```
///
/// The form that a page shows cannot, since WordPress would take its markup for what the author wrote:
///
/// ```compile_fail,E0609
/// # use wp_core::models::{Post, PostPatch};
/// fn sign(post: &Post) -> PostPatch {
///     PostPatch::default().content(format!("{}\n<p>Ana</p>", post.content.raw))
/// }
/// ```
///
/// ```compile_fail,E0277
/// # use wp_core::models::{Post, PostPatch};
/// fn copy(post: Post) -> PostPatch {
///     PostPatch::default().content(post.content)
/// }
/// ```
pub trait Context: sealed::Sealed + Debug + Clone + Copy + PartialEq + Eq + Send + Sync + 'static {
    /// A text of an author in this context.
    type Text: Debug + Clone + PartialEq + Eq + Default + Serialize + DeserializeOwned + Send + Sync + 'static;
}

/// The context `view`: what a visitor sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {}

/// The context `edit`: with the texts as they were written, and with the fields that only an editor may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {}

impl Context for View {
    type Text = Rendered;
}

impl Context for Edit {
    type Text = Editable;
}
