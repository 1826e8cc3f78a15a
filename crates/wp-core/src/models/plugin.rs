//! The plugins of the site.

use super::Written;
use crate::Name;

open_enum! {
    /// Whether a plugin runs.
    PluginStatus {
        /// Installed, and not active.
        Inactive = "inactive",
        /// Active on this site.
        Active = "active",
        /// Active on all sites of a network.
        NetworkActive = "network-active",
    }
}

model! {
    /// A plugin that is installed.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Plugin {
        [key]
        /// The main file without `.php`: `akismet/akismet`, or `hello` for a plugin of one file.
        plugin: Name<Plugin>,
        /// Whether it runs.
        status: PluginStatus,
        /// The name.
        name: String,
        /// The URL of its website.
        plugin_uri: String,
        /// The author.
        author: String,
        /// The URL of the author's website.
        author_uri: String,
        /// The description. The rendered form also names the author.
        description: Written,
        /// The version.
        version: String,
        /// Whether it can run only on all sites of a network.
        network_only: bool,
        /// The lowest version of WordPress that it needs; empty if it does not say.
        requires_wp: String,
        /// The lowest version of PHP that it needs; empty if it does not say.
        requires_php: String,
        /// The domain of its translations.
        textdomain: String,
    }
}

writable! {
    new:
    /// A plugin to install from WordPress's directory.
    ///
    /// ```
    /// use wp_core::models::{NewPlugin, PluginStatus};
    ///
    /// let plugin = NewPlugin::from_directory("akismet").status(PluginStatus::Active);
    /// assert_eq!(serde_json::to_string(&plugin)?, r#"{"slug":"akismet","status":"active"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    NewPlugin,
    patch:
    /// A change to a plugin: WordPress can only activate and deactivate it.
    ///
    /// ```
    /// use wp_core::models::PluginPatch;
    ///
    /// assert_eq!(serde_json::to_string(&PluginPatch::activate())?, r#"{"status":"active"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    PluginPatch,
    both {
        /// Whether it runs. Default of a new plugin: `Inactive`.
        status: PluginStatus,
    }
    new {
        /// The name in WordPress's directory: `akismet`.
        slug: String,
    }
}

impl NewPlugin {
    /// The plugin with this name in WordPress's directory.
    pub fn from_directory(slug: impl Into<String>) -> Self {
        Self::default().slug(slug)
    }
}

impl PluginPatch {
    /// Activates the plugin.
    pub fn activate() -> Self {
        Self::default().status(PluginStatus::Active)
    }

    /// Deactivates the plugin.
    pub fn deactivate() -> Self {
        Self::default().status(PluginStatus::Inactive)
    }
}

resource! { Plugin: Name<Self> = plugin, edit Self, at "/wp/v2/plugins"; listed by None; has Get, Delete; new NewPlugin; patch PluginPatch }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::strictly;

    #[test]
    fn a_plugin_is_read() {
        // As WordPress 7.1 wrote it, in each context the same.
        let hello: Plugin = strictly(
            r#"{"plugin":"hello","status":"inactive","name":"Hello Dolly","plugin_uri":"http://wordpress.org/plugins/",
                "author":"Matt","author_uri":"http://ma.tt/","description":{"raw":"Hello","rendered":"Hello <cite>By Matt</cite>"},
                "version":"1.7.2","network_only":false,"requires_wp":"","requires_php":"","textdomain":""}"#,
        );
        assert_eq!((hello.plugin.as_str(), hello.status), ("hello", PluginStatus::Inactive));
        assert!(hello.description.raw == "Hello" && hello.version == "1.7.2");
    }
}
