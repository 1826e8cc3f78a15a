//! Newtype names by which types of this crate identify themselves to this deserializer. They are short, so that
//! comparing them is fast. Other deserializers treat them as ordinary newtypes.

/// A model.
pub(crate) const MODEL: &str = "$wp::M";
/// A model that is read exactly, or the item that holds it is an error.
pub(crate) const EXACT_MODEL: &str = "$wp::E";
/// A field of a model.
pub(crate) const FIELD: &str = "$wp::F";
/// An id.
pub(crate) const ID: &str = "$wp::I";
/// An id, or 0.
pub(crate) const ID_OR_ZERO: &str = "$wp::0";
/// A date and time on the site's clock.
pub(crate) const SITE_TIME: &str = "$wp::S";
/// A date and time in GMT.
pub(crate) const GMT_TIME: &str = "$wp::G";
/// A text that is edited and written back.
pub(crate) const RAW: &str = "$wp::R";
