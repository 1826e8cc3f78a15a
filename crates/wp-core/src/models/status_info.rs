//! The statuses of posts that the site has.

use super::PostStatus;
use crate::Name;

model! {
    /// A status of posts, such as `publish`. Visitors see only public ones.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct StatusInfo {
        [key]
        /// The name by which WordPress knows it: `publish`.
        slug: Name<StatusInfo>,
        /// The name that people read: `Published`.
        name: String,
        /// Whether visitors see posts with it.
        public: bool,
        /// Whether posts with it can be requested by their URL.
        queryable: bool,
        /// Whether the date of such a post is set only when it is published.
        date_floating: bool,

        /// Whether only users with permission see such posts. This field and all that follow are only in the context
        /// `edit`.
        private: Option<bool>,
        /// Whether only users who may edit such posts see them.
        protected: Option<bool>,
        /// Whether the list of all posts in the dashboard has them.
        show_in_list: Option<bool>,
    }
}

impl StatusInfo {
    /// The status, as posts have it.
    pub fn status(&self) -> PostStatus {
        self.slug.as_str().into()
    }
}

resource! { StatusInfo: Name<Self> = slug, edit Self, at "/wp/v2/statuses"; listed by None named; has Get }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::strictly;

    #[test]
    fn a_status_is_read_in_each_context() {
        // As WordPress 7.1 wrote it.
        let embed: StatusInfo = strictly(r#"{"name":"Published","slug":"publish"}"#);
        let edit: StatusInfo = strictly(
            r#"{"name":"Published","private":false,"protected":false,"public":true,"queryable":true,"show_in_list":true,
                "slug":"publish","date_floating":false,"_links":{"archives":[{"href":"http://e.org"}]}}"#,
        );
        assert_eq!((embed.status(), embed.private), (PostStatus::Publish, None));
        assert_eq!((edit.public, edit.private, edit.show_in_list), (true, Some(false), Some(true)));
    }
}
