//! How the dashboard shows lists of items; since WordPress 7.1.

use serde_json::Value;

use super::Meta;

open_enum! {
    /// A kind of items that the dashboard lists.
    ViewKind {
        /// A post type.
        PostType = "postType",
        /// A taxonomy.
        Taxonomy = "taxonomy",
        /// Items without a type, such as the site.
        Root = "root",
    }
}

model! {
    /// How the dashboard shows a list of items; since WordPress 7.1.
    #[derive(Debug, Clone, PartialEq)]
    pub struct ViewConfig {
        /// The kind of the items.
        kind: Option<ViewKind>,
        /// The name of the post type or taxonomy.
        name: String,
        /// The version of this format.
        version: u32,
        /// The view at first.
        default_view: Option<DataView>,
        /// The layouts that are offered, by the type of the view: `table`, `grid`, `list`.
        default_layouts: Meta,
        /// The views that are offered.
        view_list: Vec<ListedView>,
        /// The form of an item.
        form: Meta,
    }
}

model! {
    /// A view of a list. A field that the view does not set is `None` or empty.
    #[derive(Debug, Clone, PartialEq)]
    pub struct DataView {
        /// The type: `table`, `grid`, `list`.
        kind as "type": String,
        /// The filters.
        filters: Vec<ViewFilter>,
        /// The order.
        sort: Option<ViewSort>,
        /// The search.
        search: Option<String>,
        /// The number of the page.
        page: Option<u32>,
        /// The number of items on a page.
        per_page as "perPage": Option<u32>,
        /// The fields that are shown.
        fields: Vec<String>,
        /// The field of the title.
        title_field as "titleField": Option<String>,
        /// The field of the image.
        media_field as "mediaField": Option<String>,
        /// The field of the description.
        description_field as "descriptionField": Option<String>,
        /// Whether the title is shown.
        show_title as "showTitle": Option<bool>,
        /// Whether the image is shown.
        show_media as "showMedia": Option<bool>,
        /// Whether the description is shown.
        show_description as "showDescription": Option<bool>,
        /// Whether the depth of an item in a hierarchy is shown.
        show_levels as "showLevels": Option<bool>,
        /// How items are grouped.
        group_by as "groupBy": Option<Meta>,
        /// Whether more items are loaded at the end of the page.
        infinite_scroll_enabled as "infiniteScrollEnabled": Option<bool>,
        /// The settings of the layout.
        layout: Meta,
    }
}

model! {
    /// A filter of a view.
    #[derive(Debug, Clone, PartialEq)]
    pub struct ViewFilter {
        /// The field.
        field_name as "field": String,
        /// How it is compared: `is`, `isAny`.
        operator: String,
        /// The value.
        value: Value,
        /// Whether a user cannot change the filter.
        is_locked as "isLocked": bool,
    }
}

model! {
    /// The order of a view.
    #[derive(Debug, Clone, PartialEq)]
    pub struct ViewSort {
        /// The field.
        field_name as "field": String,
        /// The direction: `asc`, `desc`.
        direction: String,
    }
}

model! {
    /// A view that is offered.
    #[derive(Debug, Clone, PartialEq)]
    pub struct ListedView {
        /// The title, for people.
        title: String,
        /// The name.
        slug: String,
        /// The changes to the view at first.
        view: Option<DataView>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_read() {
        // As recorded on WordPress 7.1.
        let text = r#"{"kind":"taxonomy","name":"category","version":1,"default_view":{"type":"table","filters":[],
            "sort":{"field":"title","direction":"asc"},"perPage":20,"fields":["author","status"],"titleField":"title"},
            "default_layouts":{"table":{},"grid":{},"list":{}},"view_list":[{"title":"All items","slug":"all"}],
            "form":{}}"#;
        let config: ViewConfig = serde_json::from_str(text).unwrap();
        let view = config.default_view.as_ref().unwrap();
        assert_eq!((config.kind.clone(), view.per_page), (Some(ViewKind::Taxonomy), Some(20)));
        assert_eq!(serde_json::to_value(&config).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }
}
