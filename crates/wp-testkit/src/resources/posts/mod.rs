//! `/wp/v2/posts`.

mod item;
mod list;
mod rights;
mod view;
mod write;

pub(crate) use list::{LIST, list};
pub(super) use rights::can_read;
pub(crate) use rights::{may_create, may_delete, may_list, may_read, may_update};
pub(crate) use view::{READ, read};
pub(crate) use write::{CREATE, DELETE, UPDATE, create, delete, update};
