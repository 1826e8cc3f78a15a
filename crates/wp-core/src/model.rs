//! What models are made of: ids, open enums, times, and the traits of a resource.

#[macro_use]
pub(crate) mod open_enum;
pub(crate) mod blank;
pub(crate) mod id;
pub(crate) mod resource;
pub(crate) mod time;
pub(crate) mod token;
