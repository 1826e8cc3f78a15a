//! Results of a search over the whole site.

use super::{NumberOrText, PostId};
use crate::Key;

open_enum! {
    /// The type of the items that a search finds.
    SearchType {
        /// Posts, pages and items of other public post types. WordPress's default.
        Post = "post",
        /// Terms. Since WordPress 5.6.
        Term = "term",
        /// Post formats. Since WordPress 5.6.
        PostFormat = "post-format",
    }
}

model! {
    /// A result of a search.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct SearchResult {
        [key]
        /// The id of the item: a number, or the name of a post format. It is unique among the results of one
        /// [`SearchType`].
        id: NumberOrText,
        /// The title of the item, with HTML entities.
        title: String,
        /// The URL of the page that shows the item.
        url: String,
        /// The type: `post` or `post-format`; for a term, the taxonomy.
        kind as "type": String,
        /// The post type. `None` for results that are not posts.
        subtype: Option<String>,
    }
}

impl SearchResult {
    /// The id as that of a post. `None` if the result is not of the post type `post`.
    pub fn post(&self) -> Option<PostId> {
        let is_post = self.kind == "post" && self.subtype.as_deref() == Some("post");
        is_post.then(|| self.id.number().and_then(PostId::new)).flatten()
    }
}

impl Key for NumberOrText {}

impl super::declare::Required for NumberOrText {
    fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }
}

resource! { SearchResult: NumberOrText = id, edit Self, at "/wp/v2/search"; listed by None; has Paged }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::strictly;

    #[test]
    fn results_of_each_type_are_read() {
        // As WordPress 7.1 and 6.5 wrote them.
        let [post, term, format] = strictly::<[SearchResult; 3]>(
            r#"[{"id":8,"title":"Post 1","url":"http://e.org/post-1/","type":"post","subtype":"post","_links":{}},
                {"id":11,"title":"Tag 1","url":"http://e.org/tag/tag-1/","type":"post_tag"},
                {"id":"aside","title":"Aside","url":"http://e.org/type/aside/","type":"post-format"}]"#,
        );
        assert_eq!((post.post(), post.id.to_string()), (PostId::new(8), "8".to_owned()));
        assert_eq!((term.post(), term.subtype, &*term.kind), (None, None, "post_tag"));
        assert_eq!((format.id, &*format.kind), (NumberOrText::from("aside"), "post-format"));
    }
}
