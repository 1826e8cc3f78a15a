//! The macro that declares the parameters of a list.

/// Declares a method for each query parameter of the lists of a family, or of one resource:
///
/// - `sticky: bool` takes a value;
/// - `author: [UserId]` takes several: an array, a `Vec`, an iterator. An empty list is an error, since WordPress would
///   ignore it;
/// - `slug: str` takes a text;
/// - `in_menus as "menus": …` is sent under another name.
///
/// `resource Theme of None { … }` names the family of the resource, so that a method may have the name of one of another
/// family.
macro_rules! filters {
    (
        $(family $family:ident)? $(resource $item:ident $(of $of:ident)?)? {
            $($(#[$doc:meta])* $name:ident $(as $json:literal)?: $kind:tt,)*
        }
    ) => {
        filters! { @ impl $($family)?, $($item $(, $of)?)?; $($(#[$doc])* $name, filters!(@name $name $($json)?), $kind;)* }
    };
    (@ impl $family:ident,; $($(#[$doc:meta])* $name:ident, $json:expr, $kind:tt;)*) => {
        impl<R: wp_core::Listed, T> $crate::List<R, T, wp_core::filters::$family> {
            $(filters! { @ $(#[$doc])* $name, $json, $kind })*
        }
    };
    (@ impl , $item:ident, $of:ident; $($(#[$doc:meta])* $name:ident, $json:expr, $kind:tt;)*) => {
        impl<T> $crate::List<$item, T, wp_core::filters::$of> {
            $(filters! { @ $(#[$doc])* $name, $json, $kind })*
        }
    };
    (@ impl , $item:ident; $($(#[$doc:meta])* $name:ident, $json:expr, $kind:tt;)*) => {
        impl<T> $crate::List<$item, T> {
            $(filters! { @ $(#[$doc])* $name, $json, $kind })*
        }
    };
    (@ $(#[$doc:meta])* $name:ident, $json:expr, str) => {
        $(#[$doc])*
        pub fn $name(self, $name: &str) -> Self {
            self.query($json, $name)
        }
    };
    // A literal is of these types only if the parameter is.
    (@ $(#[$doc:meta])* $name:ident, $json:expr, u32) => { filters! { @number $(#[$doc])* $name, $json, u32 } };
    (@ $(#[$doc:meta])* $name:ident, $json:expr, u64) => { filters! { @number $(#[$doc])* $name, $json, u64 } };
    (@number $(#[$doc:meta])* $name:ident, $json:expr, $number:ty) => {
        $(#[$doc])*
        pub fn $name(self, $name: $number) -> Self {
            self.query($json, $name)
        }
    };
    (@ $(#[$doc:meta])* $name:ident, $json:expr, [$item:ty]) => {
        $(#[$doc])*
        pub fn $name(self, $name: impl IntoIterator<Item = impl Into<$item>>) -> Self {
            self.query($json, $name.into_iter().map(Into::into).collect::<Vec<$item>>())
        }
    };
    (@ $(#[$doc:meta])* $name:ident, $json:expr, $value:ident) => {
        $(#[$doc])*
        pub fn $name(self, $name: impl Into<$value>) -> Self {
            self.query($json, $name.into())
        }
    };
    (@name $name:ident) => { stringify!($name) };
    (@name $name:ident $json:literal) => { $json };
}
