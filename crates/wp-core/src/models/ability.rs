//! Abilities: functions of WordPress and of plugins that a program can call.

use std::collections::BTreeMap;

use serde_json::Value;

use super::AbilityCategory;
use crate::Name;

model! {
    /// The effects of an ability. `None` if the ability does not declare it.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct AbilityAnnotations {
        /// Whether it changes nothing.
        readonly: Option<bool>,
        /// Whether it may delete something.
        destructive: Option<bool>,
        /// Whether calling it twice has the effect of calling it once.
        idempotent: Option<bool>,
    }
}

model! {
    /// Data about an ability, beside its function.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct AbilityMeta {
        /// The effects.
        annotations: AbilityAnnotations,
        /// Whether the API shows it.
        show_in_rest: bool,
        /// Whether it is meant for programs outside of the site. WordPress 7.1 sends it.
        public: Option<bool>,
    }
}

model! {
    /// A function of WordPress or a plugin that a program can call, such as `core/get-site-info`. Since WordPress 6.9.
    ///
    /// Every user may list abilities: WordPress responds with 401 `rest_forbidden` to an anonymous request.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Ability {
        [key]
        /// The namespace and the name: `core/get-site-info`.
        name: Name<Ability>,
        /// The name that people read.
        label: String,
        /// The description. Not in the context `embed`.
        description: String,
        /// The category.
        category: Option<Name<AbilityCategory>>,
        /// The JSON schema of its input; empty if it takes none. Not in the context `embed`.
        input_schema: BTreeMap<String, Value>,
        /// The JSON schema of its output. Not in the context `embed`.
        output_schema: BTreeMap<String, Value>,
        /// Other data. Not in the context `embed`: an ability of that context seems to write.
        meta: AbilityMeta,
    }
}

resource! { Ability: Name<Self> = name, edit Self, at "/wp-abilities/v1/abilities"; listed by None; has Get, Paged }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::strictly;

    #[test]
    fn an_ability_is_read_in_each_context() {
        // As WordPress 7.1 wrote it.
        let embed: Ability =
            strictly(r#"{"name":"core/get-site-info","label":"Get Site Information","category":"site"}"#);
        let view: Ability = strictly(
            r#"{"name":"core/get-site-info","label":"Get Site Information","description":"Returns it.","category":"site",
                "input_schema":{"type":"object","default":{}},"output_schema":{"type":"object"},"meta":{"annotations":
                {"readonly":true,"destructive":false,"idempotent":null},"show_in_rest":true,"public":false}}"#,
        );
        assert!(embed.name == view.name && embed.meta.annotations.readonly.is_none());
        assert_eq!(view.meta.annotations.readonly, Some(true));
        assert_eq!((view.meta.annotations.idempotent, view.input_schema.len()), (None, 2));
        let plain: Ability =
            strictly(r#"{"name":"lab/ping","label":"","input_schema":[],"output_schema":[]}"#);
        assert!(plain.input_schema.is_empty());
    }
}
