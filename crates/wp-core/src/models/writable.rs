//! The macro that declares what is written: a new item, and the changes to an item.

/// Declares the types of a new item and of a change, with a setter for each field. A field that was not set is not sent.
///
/// - `both { … }`: the fields of the two types; then `new { … }` and `; patch { … }`: those of one of them;
/// - `featured_media: Option<MediaId>`: a value that can be taken away by `None`, which is sent as WordPress reads it:
///   0 for an id, `null` for a date;
/// - `roles => String`: a list of texts, whose setter takes `["editor"]`. Other lists are a `Vec`, so that `tags([])` needs no
///   type;
/// - `kind as "type": …`: the field has another name in JSON;
/// - `; meta` at the end: for a resource with registered meta fields.
///
/// A type may be missing: a resource that cannot be created has only `patch`.
macro_rules! writable {
    (
        new: $(#[$of_new:meta])* $new:ident $(<$new_of:ident>)?,
        patch: $(#[$of_patch:meta])* $patch:ident $(<$patch_of:ident>)?,
        both $both:tt
        $(new $only_new:tt)?
        $(; patch $only_patch:tt)?
        $(; $meta:ident)?
    ) => {
        $crate::models::writable::fields! {
            $(#[$of_new])* $new $(<$new_of>)? $both $($only_new)?; $($meta)?
        }
        $crate::models::writable::fields! {
            $(#[$of_patch])* $patch $(<$patch_of>)? $both $($only_patch)?; $($meta)?
        }
    };
    (
        $word:ident: $(#[$of_type:meta])* $name:ident $(<$of:ident>)?,
        both $both:tt
        $(; $meta:ident)?
    ) => {
        $crate::models::writable::fields! { $(#[$of_type])* $name $(<$of>)? $both; $($meta)? }
    };
}

/// Declares one type with setters.
macro_rules! fields {
    (
        $(#[$head:meta])* $name:ident $(<$of:ident>)?
        { $($both:tt)* } $({ $($only:tt)* })?; $($meta:ident)?
    ) => {
        $crate::models::writable::type_with! {
            $(#[$head])* $name $(<$of>)? { $($($only)*)? $($both)* } $($meta)?
        }
    };
}

macro_rules! type_with {
    (
        $(#[$head:meta])* $name:ident $(<$of:ident>)? {
            $($(#[$doc:meta])* $field:ident $(as $json:literal)? $(: $type:ty)? $(=> $item:ty)?,)*
        }
        $($meta:ident)?
    ) => {
        $(#[$head])*
        #[must_use]
        pub struct $name $(<$of>)? {
            $($field: Option<$($type)? $(Vec<$item>)?>,)*
            $($meta: $crate::models::Meta,)?
            more: $crate::models::Meta,
            $(of: std::marker::PhantomData<fn() -> $of>,)?
        }

        impl $(<$of>)? $name $(<$of>)? {
            $(
                $crate::models::writable::setter! {
                    $(#[$doc])* $field, $crate::models::declare::name!($field $($json)?), $($type)? $(=> $item)?
                }
            )*

            $(
                /// A registered meta field. WordPress ignores a field that is not registered for the REST API.
                pub fn $meta(mut self, key: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
                    self.$meta.insert(key.into(), value.into());
                    self.more.remove("meta");
                    self
                }
            )?

            /// Any other field: a field of a plugin, or a custom taxonomy. A field that was set before, here or by its
            /// own method, is replaced. The fields of a `meta` object are added to those that were set before.
            pub fn field(mut self, name: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
                let (name, value) = (name.into(), value.into());
                $(if name == $crate::models::declare::name!($field $($json)?) {
                    self.$field = None;
                })*
                $(if name == "meta" {
                    self.more.remove("meta");
                    if let serde_json::Value::Object(fields) = value {
                        self.$meta.extend(fields);
                        return self;
                    }
                    self.$meta.clear();
                })?
                self.more.insert(name, value);
                self
            }
        }

        impl $(<$of>)? Default for $name $(<$of>)? {
            fn default() -> Self {
                Self {
                    $($field: None,)*
                    $($meta: $crate::models::Meta::new(),)?
                    more: $crate::models::Meta::new(),
                    $(of: std::marker::PhantomData::<fn() -> $of>,)?
                }
            }
        }

        impl $(<$of>)? Clone for $name $(<$of>)? {
            fn clone(&self) -> Self {
                Self {
                    $($field: self.$field.clone(),)*
                    $($meta: self.$meta.clone(),)?
                    more: self.more.clone(),
                    $(of: std::marker::PhantomData::<fn() -> $of>,)?
                }
            }
        }

        impl $(<$of>)? PartialEq for $name $(<$of>)? {
            fn eq(&self, other: &Self) -> bool {
                $(self.$field == other.$field &&)* $(self.$meta == other.$meta &&)? self.more == other.more
            }
        }

        /// Shows the values of the declared fields, and only the names of others, since the values of a plugin may be
        /// secret.
        impl $(<$of>)? std::fmt::Debug for $name $(<$of>)? {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut fields = f.debug_struct(stringify!($name));
                $(if let Some(value) = &self.$field { fields.field(stringify!($field), value); })*
                let more: Vec<_> = self.more.keys()$(.chain(self.$meta.keys()))?.collect();
                fields.field("more", &more).finish()
            }
        }

        impl $(<$of>)? serde::Serialize for $name $(<$of>)? {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                #[allow(unused_imports)] // a type may have only special forms
                use $crate::models::declare::{Form, Plain as _};
                use serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $(if let Some(value) = &self.$field {
                    map.serialize_entry($crate::models::declare::name!($field $($json)?), &Form(value).form())?;
                })*
                $(if !self.$meta.is_empty() {
                    map.serialize_entry("meta", &self.$meta)?;
                })?
                for (name, value) in &self.more {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    };
}

/// Declares the setter of one field.
macro_rules! setter {
    ($(#[$doc:meta])* $field:ident, $json:expr, => $item:ty) => {
        $(#[$doc])*
        pub fn $field(mut self, $field: impl IntoIterator<Item = impl Into<$item>>) -> Self {
            self.$field = Some($field.into_iter().map(Into::into).collect());
            self.more.remove($json);
            self
        }
    };
    ($(#[$doc:meta])* $field:ident, $json:expr, $type:ty) => {
        $(#[$doc])*
        pub fn $field(mut self, $field: impl Into<$type>) -> Self {
            self.$field = Some($field.into());
            self.more.remove($json);
            self
        }
    };
}

pub(crate) use {fields, setter, type_with};
