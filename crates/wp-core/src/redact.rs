//! Makes texts safe to show: secrets are masked, text of a server is bounded and freed from control characters and
//! markup.

pub mod headers;
pub(crate) mod html;
pub(crate) mod secrets;
pub mod show;
pub(crate) mod spelling;
