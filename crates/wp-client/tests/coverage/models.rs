//! The models of each kind of item.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use wp_client::models::{
    Ability, AbilityCategory, AppPassword, Autosave, Block, BlockPattern, BlockPatternCategory, BlockType,
    Category, Comment, DirectoryBlock, DirectoryPattern, FontCollection, FontFace, FontFamily, GlobalStyles,
    GlobalStylesRevision, HealthReport, Icon, IconCollection, Media, Menu, MenuItem, MenuLocation,
    Navigation, NavigationFallback, Page, Parts, PatternCategory, Plugin, Post, PostTypeInfo, RenderedBlock,
    Revision, SearchResult, Settings, Sidebar, StatusInfo, Tag, TaxonomyInfo, Template, TemplateAutosave,
    TemplatePart, TemplateRevision, Theme, User, ViewConfig, Widget, WidgetType,
};
use wp_client::wp_core::response;
use wp_client::{Edit, Resource};

/// Reads an item with one property and writes it again: the property as it was written, `None` without it.
pub(crate) type Reader = fn(&str, &Value) -> Result<Option<Value>, String>;

/// The models for a kind of items, by the title of its schema: in the contexts `view` and `edit`, if they differ.
pub(crate) fn of(title: &str) -> Vec<Reader> {
    match title {
        "ability" => vec![item::<Ability>],
        "ability-category" => vec![item::<AbilityCategory>],
        "attachment" => vec![item::<Media>, item::<Media<Edit>>],
        "comment" => vec![item::<Comment>, item::<Comment<Edit>>],
        "font-collection" => vec![item::<FontCollection>],
        "menu-location" => vec![item::<MenuLocation>],
        "nav_menu" => vec![item::<Menu>],
        "nav_menu_item" => vec![item::<MenuItem>, item::<MenuItem<Edit>>],
        "nav_menu_item-revision" => {
            vec![item::<Autosave<MenuItem>>, item::<<Autosave<MenuItem> as Resource>::Edit>]
        }
        "navigation-fallback" => vec![value::<NavigationFallback>],
        "page" => vec![item::<Page>, item::<Page<Edit>>],
        "page-revision" => of_revision::<Page>(),
        "plugin" => vec![item::<Plugin>],
        "post-revision" => of_revision::<Post>(),
        "search-result" => vec![item::<SearchResult>],
        "settings" => vec![value::<Settings>],
        "status" => vec![item::<StatusInfo>],
        "taxonomy" => vec![item::<TaxonomyInfo>],
        "theme" => vec![item::<Theme>],
        "type" => vec![item::<PostTypeInfo>],
        "wp_block" => vec![item::<Block>, item::<Block<Edit>>],
        "wp_block-revision" => of_revision::<Block>(),
        "wp_font_face" => vec![item::<FontFace>],
        "wp_font_family" => vec![item::<FontFamily>],
        "wp_global_styles" => vec![item::<GlobalStyles>],
        "wp_global_styles-revision" => vec![item::<GlobalStylesRevision>],
        "wp_navigation" => vec![item::<Navigation>, item::<Navigation<Edit>>],
        "wp_navigation-revision" => of_revision::<Navigation>(),
        "wp_template" => vec![item::<Template>, item::<TemplateRevision>, item::<TemplateAutosave>],
        "wp_template_part" => {
            vec![item::<TemplatePart>, item::<TemplateRevision<Parts>>, item::<TemplateAutosave<Parts>>]
        }
        "application-password" => vec![value::<AppPassword>],
        "block-directory-item" => vec![item::<DirectoryBlock>],
        "block-pattern" => vec![item::<BlockPattern>],
        "block-pattern-category" => vec![item::<BlockPatternCategory>],
        "block-type" => vec![item::<BlockType>],
        "category" => vec![item::<Category>],
        "icon" => vec![item::<Icon>],
        "icon-collection" => vec![item::<IconCollection>],
        "pattern-directory-item" => vec![item::<DirectoryPattern>],
        "post" => vec![item::<Post>, item::<Post<Edit>>],
        "rendered-block" => vec![value::<RenderedBlock>],
        "sidebar" => vec![item::<Sidebar>],
        "tag" => vec![item::<Tag>],
        "user" => vec![item::<User>],
        "view-config" => vec![value::<ViewConfig>],
        "widget" => vec![item::<Widget>],
        "widget-type" => vec![item::<WidgetType>],
        "wp-site-health-test" => vec![value::<HealthReport>],
        "wp_pattern_category" => vec![item::<PatternCategory>],
        _ => Vec::new(),
    }
}

fn of_revision<R: Resource>() -> Vec<Reader>
where
    Revision<R>: Resource<Edit: Serialize> + Serialize,
    Autosave<R>: Resource<Edit: Serialize> + Serialize,
{
    vec![
        item::<Revision<R>>,
        item::<<Revision<R> as Resource>::Edit>,
        item::<Autosave<R>>,
        item::<<Autosave<R> as Resource>::Edit>,
    ]
}

fn item<T: Resource + Serialize>(name: &str, sample: &Value) -> Result<Option<Value>, String> {
    // A key is a number or a text.
    let read = |key: Value| read::<T>(&[(T::KEY, key), (name, sample.clone())], name);
    read(json!(7)).or_else(|error| read(json!("text")).map_err(|_| error))
}

fn value<T: DeserializeOwned + Serialize>(name: &str, sample: &Value) -> Result<Option<Value>, String> {
    let uuid = json!("6a1b2c3d-1234-4abc-8def-0123456789ab");
    read::<T>(&[("uuid", uuid), (name, sample.clone())], name)
}

fn read<T: DeserializeOwned + Serialize>(
    fields: &[(&str, Value)],
    name: &str,
) -> Result<Option<Value>, String> {
    let object: Map<String, Value> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let body = Bytes::from(serde_json::to_vec(&object).unwrap());
    let json = response::read(StatusCode::OK, &headers, &body).map_err(|error| format!("{error:?}"))?;
    let item = json.decode_strict::<T>().map_err(|error| error.to_string())?;
    Ok(serde_json::to_value(&item).unwrap().get(name).cloned())
}
