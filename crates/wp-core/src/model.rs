//! The parts of models: ids, names, open enums, times, and the traits of a resource.

#[macro_use]
pub(crate) mod open_enum;
#[macro_use]
pub(crate) mod resource;
pub(crate) mod blank;
pub(crate) mod id;
pub(crate) mod name;
pub(crate) mod natural_key;
pub(crate) mod time;
pub(crate) mod token;
