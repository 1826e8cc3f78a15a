//! Why a stream may be incomplete.

use std::fmt;

/// Why a stream may have left out an item, or returned one twice, although every response was a success. See
/// [`Items::warning`](crate::Items::warning).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ListWarning {
    /// The list changed while its pages were requested, and its order does not show what moved from one page to
    /// another. A list in ascending order of ids shows it.
    Changed,
    /// WordPress left out items that this user may not see. If the list changed while its pages were requested, that
    /// was not seen in each case. A walk that ends after many pages without an item has this warning, too: the totals
    /// may be wrong.
    Hidden,
    /// The site ignores the order by ids. A search plugin or a filter sorts its lists.
    OrderIgnored,
}

impl fmt::Display for ListWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Changed => {
                "the list changed while its pages were requested: an item may be missing or there twice; a stream in \
                 ascending order of ids avoids that"
            }
            Self::Hidden => {
                "WordPress left out items that this user may not see: if the list changed while its pages were \
                 requested, an item may be missing"
            }
            Self::OrderIgnored => {
                "the site does not sort by id as requested: if the list changed while its pages were requested, an \
                 item may be missing or there twice"
            }
        })
    }
}

/// Why [`Changes`](crate::Changes) may not have all deletions. Nothing of the mirror is lost: a later run finds them. See
/// [`Changes::warning`](crate::Changes::warning).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SyncWarning {
    /// A walk over the list may have left out items, so what was not in it may still exist.
    Incomplete(ListWarning),
    /// Items were not in the list any more, but the site did not confirm it: it did not list an item that exists, when it
    /// was requested by its id. A cache or a plugin responds with another list. Or the list has no items any more, and the
    /// site refused to show some of them; of many, some are confirmed in each run.
    Unconfirmed,
    /// The site lists an item when it is requested by its id, and not in the whole list with the same filters. It stays in
    /// the mirror. Either it came into the list meanwhile, and the next run has no warning; or a filter, such as one of a
    /// plugin, is ignored where an item is requested by its id. Then begin again without a checkpoint to lose it.
    Contradicted,
    /// Items were not in the list any more, but the site does not show that it reads the credential of the request as that
    /// of a user: WordPress responds to a wrong application password, or where a server drops the header, as to a visitor,
    /// who sees fewer items. [`Client::verify`](crate::Client::verify) tells the cause. A key that logs in nobody proves
    /// nothing either, nor does a site that closes `/wp/v2/users/me`.
    Unproven,
}

impl fmt::Display for SyncWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete(warning) => write!(f, "deletions and some changes may be missing: {warning}"),
            Self::Unconfirmed => f.write_str(
                "deletions may be missing: the site does not list an item that exists, so it is not known whether \
                 others were deleted; a cache or a plugin may ignore the query",
            ),
            Self::Unproven => f.write_str(
                "deletions may be missing: the site does not show that the list was read as a signed in user, and a \
                 visitor sees fewer items",
            ),
            Self::Contradicted => f.write_str(
                "a deletion may be missing: the site lists an item by its id that the whole list does not have",
            ),
        }
    }
}
