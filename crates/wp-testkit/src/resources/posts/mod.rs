//! Posts of all types: `/wp/v2/posts`, `/wp/v2/pages` and the like.

mod item;
mod list;
pub(crate) mod revisions;
mod rights;
mod view;
mod write;

pub(super) use item::{FORMATS, free_slug, route};
pub(super) use list::{hit, sort};
pub(crate) use list::{list, list_schema};
pub(super) use rights::{can_edit, can_read};
pub(crate) use rights::{may_create, may_delete, may_list, may_read, may_update};
pub(crate) use view::{read, read_schema};
pub(crate) use write::{DELETE, create, delete, update, write_schema};
pub(super) use write::{apply, save};
