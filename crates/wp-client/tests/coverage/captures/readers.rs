//! The model of each route and method, and the request of the client that reads it.

use std::collections::BTreeMap;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::{Method, Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use wp_client::models::{
    Ability, AbilityCategory, AppPassword, Autosave, BatchResponse, Block, BlockPattern,
    BlockPatternCategory, BlockType, Category, Comment, DirectoryBlock, DirectoryPattern, DirectorySizes,
    EncodedWidget, FontCollection, FontFace, FontFamily, GlobalStyles, GlobalStylesRevision, HealthReport,
    Icon, IconCollection, Media, Menu, MenuItem, MenuLocation, Navigation, NavigationFallback, Oembed, Page,
    Pages, Parts, PatternCategory, Plugin, Post, PostTypeInfo, RenderedBlock, Revision, SearchResult,
    Settings, Sidebar, SiteInfo, StatusInfo, SubSize, Tag, TaxonomyInfo, Template, TemplateAutosave,
    TemplatePart, TemplateRevision, Theme, ThemeStyles, UrlDetails, User, ViewConfig, Widget, WidgetPreview,
    WidgetType,
};
use wp_client::{
    Body, Client, CreatedAppPassword, Deleted, Edit, Listed, Resource, RevokedAll, Transport, TransportError,
    async_trait,
};

use super::exchange::Exchange;
use super::{Written, tokens};

/// Reads a response with the client.
type Reader = fn(Exchange) -> BoxFuture<'static, Written>;

/// The requests with this method, or with one of those between spaces, and a route in which `*` is one segment or more.
pub(super) struct Row {
    methods: &'static str,
    route: &'static str,
    pub(super) read: Reader,
}

impl Row {
    pub(super) fn is_of(&self, exchange: &Exchange) -> bool {
        self.methods.split(' ').any(|method| method == exchange.method.as_str())
            && is_route(self.route, exchange.route.trim_end_matches('/'))
    }
}

/// Whether a route is one of a pattern, in which `*` is one segment or more.
fn is_route(pattern: &str, route: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == route,
        Some((start, rest)) => route.strip_prefix(start).is_some_and(|route| {
            (1..=route.len()).filter_map(|at| route.get(at..)).any(|end| is_route(rest, end))
        }),
    }
}

const GET: &str = "GET";
const WRITE: &str = "POST PUT PATCH";

/// The rows of each resource. The first that is of a request counts.
macro_rules! rows {
    ($($methods:expr, $route:literal => $read:expr;)*) => {
        &[$(Row { methods: $methods, route: $route, read: |exchange| $read(exchange).boxed() }),*]
    };
}

pub(super) const READERS: &[Row] = rows! {
    "HEAD", "/*" => head;
    "HEAD", "" => head;
    GET, "" => item_as::<SiteInfo>;
    "POST", "/batch/v1" => unwritten::<BatchResponse>;

    // Below an item.
    GET, "/wp/v2/posts/*/revisions" => list::<Revision<Post>>;
    GET, "/wp/v2/posts/*/revisions/*" => item::<Revision<Post>>;
    GET, "/wp/v2/posts/*/autosaves/*" => item::<Autosave<Post>>;
    "POST", "/wp/v2/posts/*/autosaves" => written::<Autosave<Post>>;
    GET, "/wp/v2/pages/*/autosaves" => list::<Autosave<Page>>;
    "POST", "/wp/v2/pages/*/autosaves" => written::<Autosave<Page>>;
    GET, "/wp/v2/blocks/*/revisions" => list::<Revision<Block>>;
    GET, "/wp/v2/blocks/*/revisions/*" => item::<Revision<Block>>;
    GET, "/wp/v2/blocks/*/autosaves" => list::<Autosave<Block>>;
    "POST", "/wp/v2/blocks/*/autosaves" => written::<Autosave<Block>>;
    GET, "/wp/v2/navigation/*/revisions/*" => item::<Revision<Navigation>>;
    "POST", "/wp/v2/navigation/*/autosaves" => written::<Autosave<Navigation>>;
    GET, "/wp/v2/menu-items/*/autosaves" => list::<Autosave<MenuItem>>;
    "POST", "/wp/v2/menu-items/*/autosaves" => written::<Autosave<MenuItem>>;
    GET, "/wp/v2/templates/*/revisions" => list::<TemplateRevision<Pages>>;
    GET, "/wp/v2/templates/*/revisions/*" => item::<TemplateRevision<Pages>>;
    GET, "/wp/v2/templates/*/autosaves" => list::<TemplateAutosave<Pages>>;
    GET, "/wp/v2/templates/*/autosaves/*" => item::<TemplateAutosave<Pages>>;
    GET, "/wp/v2/template-parts/*/revisions" => list::<TemplateRevision<Parts>>;
    GET, "/wp/v2/template-parts/*/autosaves" => list::<TemplateAutosave<Parts>>;
    "POST", "/wp/v2/template-parts/*/autosaves" => written::<TemplateAutosave<Parts>>;
    GET, "/wp/v2/global-styles/themes/*" => item_as::<ThemeStyles>;
    GET, "/wp/v2/global-styles/*/revisions" => list::<GlobalStylesRevision>;
    GET, "/wp/v2/global-styles/*/revisions/*" => item::<GlobalStylesRevision>;
    GET, "/wp/v2/font-families/*/font-faces" => list::<FontFace>;
    GET, "/wp/v2/font-families/*/font-faces/*" => item::<FontFace>;
    "DELETE", "/wp/v2/font-families/*/font-faces/*" => deleted::<FontFace>;

    // What only one resource has.
    "POST", "/wp/v2/media/*/edit" => item_as::<Media>;
    "POST", "/wp/v2/media/*/sideload" => item_as::<SubSize>;
    "POST", "/wp/v2/media/*/post-process" => written::<Media>;
    "POST", "/wp/v2/media/*/finalize" => written::<Media>;
    "POST", "/wp/v2/widget-types/*/encode" => item_as::<EncodedWidget>;
    "POST", "/wp/v2/widget-types/*/render" => item_as::<WidgetPreview>;
    "GET POST", "/wp/v2/block-renderer/*" => item_as::<RenderedBlock>;
    GET, "/wp/v2/users/*/application-passwords" => item_as::<Vec<AppPassword>>;
    "POST", "/wp/v2/users/*/application-passwords" => unwritten::<CreatedAppPassword>;
    "DELETE", "/wp/v2/users/*/application-passwords" => unwritten::<RevokedAll>;
    GET, "/wp/v2/users/*/application-passwords/*" => item_as::<AppPassword>;
    WRITE, "/wp/v2/users/*/application-passwords/*" => item_as::<AppPassword>;
    "DELETE", "/wp/v2/users/*/application-passwords/*" => deleted_as::<AppPassword>;
    GET, "/wp/v2/settings" => item_as::<Settings>;
    WRITE, "/wp/v2/settings" => item_as::<Settings>;
    GET, "/wp/v2/view-config" => item_as::<ViewConfig>;
    GET, "/wp/v2/block-directory/search" => list::<DirectoryBlock>;
    GET, "/wp/v2/pattern-directory/patterns" => list::<DirectoryPattern>;
    GET, "/oembed/1.0/*" => item_as::<Oembed>;
    GET, "/wp-block-editor/v1/navigation-fallback" => item_as::<NavigationFallback>;
    GET, "/wp-block-editor/v1/url-details" => item_as::<UrlDetails>;
    GET, "/wp-site-health/v1/directory-sizes" => item_as::<DirectorySizes>;
    GET, "/wp-site-health/v1/tests/*" => item_as::<HealthReport>;
    "GET POST DELETE", "/wp-abilities/v1/abilities/*/run" => item_as::<Value>;

    // Collections: list, create, item, change, delete.
    GET, "/wp/v2/posts" => list::<Post>;
    "POST", "/wp/v2/posts" => written::<Post>;
    GET, "/wp/v2/posts/*" => item::<Post>;
    WRITE, "/wp/v2/posts/*" => written::<Post>;
    "DELETE", "/wp/v2/posts/*" => deleted::<Post>;
    GET, "/wp/v2/pages" => list::<Page>;
    "POST", "/wp/v2/pages" => written::<Page>;
    GET, "/wp/v2/pages/*" => item::<Page>;
    WRITE, "/wp/v2/pages/*" => written::<Page>;
    "DELETE", "/wp/v2/pages/*" => deleted::<Page>;
    GET, "/wp/v2/media" => list::<Media>;
    "POST", "/wp/v2/media" => written::<Media>;
    GET, "/wp/v2/media/*" => item::<Media>;
    GET, "/wp/v2/blocks" => list::<Block>;
    "POST", "/wp/v2/blocks" => written::<Block>;
    GET, "/wp/v2/blocks/*" => item::<Block>;
    WRITE, "/wp/v2/blocks/*" => written::<Block>;
    GET, "/wp/v2/navigation" => list_of_navigation;
    "POST", "/wp/v2/navigation" => written::<Navigation>;
    GET, "/wp/v2/navigation/*" => item::<Navigation>;
    WRITE, "/wp/v2/navigation/*" => written::<Navigation>;
    "DELETE", "/wp/v2/navigation/*" => deleted::<Navigation>;
    GET, "/wp/v2/menus" => list::<Menu>;
    "POST", "/wp/v2/menus" => written::<Menu>;
    GET, "/wp/v2/menus/*" => item::<Menu>;
    "DELETE", "/wp/v2/menus/*" => deleted::<Menu>;
    GET, "/wp/v2/menu-items" => list::<MenuItem>;
    "POST", "/wp/v2/menu-items" => written::<MenuItem>;
    GET, "/wp/v2/menu-items/*" => item::<MenuItem>;
    WRITE, "/wp/v2/menu-items/*" => written::<MenuItem>;
    // The only item that is deleted in the context `view`.
    "DELETE", "/wp/v2/menu-items/*" => deleted_as::<MenuItem>;
    GET, "/wp/v2/menu-locations" => list::<MenuLocation>;
    GET, "/wp/v2/menu-locations/*" => item::<MenuLocation>;
    GET, "/wp/v2/templates" => list::<Template>;
    "POST", "/wp/v2/templates" => written::<Template>;
    GET, "/wp/v2/templates/*" => item::<Template>;
    WRITE, "/wp/v2/templates/*" => written::<Template>;
    "DELETE", "/wp/v2/templates/*" => deleted::<Template>;
    GET, "/wp/v2/template-parts" => list::<TemplatePart>;
    GET, "/wp/v2/template-parts/*" => item::<TemplatePart>;
    WRITE, "/wp/v2/template-parts/*" => written::<TemplatePart>;
    "DELETE", "/wp/v2/template-parts/*" => deleted::<TemplatePart>;
    GET, "/wp/v2/global-styles/*" => item::<GlobalStyles>;
    WRITE, "/wp/v2/global-styles/*" => written::<GlobalStyles>;
    GET, "/wp/v2/font-families" => list::<FontFamily>;
    "POST", "/wp/v2/font-families" => written::<FontFamily>;
    GET, "/wp/v2/font-families/*" => item::<FontFamily>;
    GET, "/wp/v2/font-collections" => list::<FontCollection>;
    GET, "/wp/v2/categories" => list::<Category>;
    "POST", "/wp/v2/categories" => written::<Category>;
    GET, "/wp/v2/categories/*" => item::<Category>;
    WRITE, "/wp/v2/categories/*" => written::<Category>;
    "DELETE", "/wp/v2/categories/*" => deleted::<Category>;
    GET, "/wp/v2/tags" => list::<Tag>;
    "POST", "/wp/v2/tags" => written::<Tag>;
    GET, "/wp/v2/tags/*" => item::<Tag>;
    WRITE, "/wp/v2/tags/*" => written::<Tag>;
    "DELETE", "/wp/v2/tags/*" => deleted::<Tag>;
    "POST", "/wp/v2/wp_pattern_category" => written::<PatternCategory>;
    GET, "/wp/v2/wp_pattern_category/*" => item::<PatternCategory>;
    "DELETE", "/wp/v2/wp_pattern_category/*" => deleted::<PatternCategory>;
    GET, "/wp/v2/users" => list::<User>;
    "POST", "/wp/v2/users" => written::<User>;
    GET, "/wp/v2/users/*" => item::<User>;
    WRITE, "/wp/v2/users/*" => written::<User>;
    "DELETE", "/wp/v2/users/*" => deleted::<User>;
    GET, "/wp/v2/comments" => list::<Comment>;
    "POST", "/wp/v2/comments" => comment;
    GET, "/wp/v2/comments/*" => item::<Comment>;
    WRITE, "/wp/v2/comments/*" => written::<Comment>;
    "DELETE", "/wp/v2/comments/*" => deleted::<Comment>;
    GET, "/wp/v2/types" => list::<PostTypeInfo>;
    GET, "/wp/v2/types/*" => item::<PostTypeInfo>;
    GET, "/wp/v2/statuses" => list::<StatusInfo>;
    GET, "/wp/v2/statuses/*" => item::<StatusInfo>;
    GET, "/wp/v2/taxonomies" => list::<TaxonomyInfo>;
    GET, "/wp/v2/taxonomies/*" => item::<TaxonomyInfo>;
    GET, "/wp/v2/search" => list::<SearchResult>;
    GET, "/wp/v2/themes" => list::<Theme>;
    GET, "/wp/v2/themes/*" => item::<Theme>;
    GET, "/wp/v2/plugins" => list::<Plugin>;
    GET, "/wp/v2/plugins/*" => item::<Plugin>;
    WRITE, "/wp/v2/plugins/*" => written::<Plugin>;
    GET, "/wp/v2/sidebars" => list::<Sidebar>;
    GET, "/wp/v2/sidebars/*" => item::<Sidebar>;
    GET, "/wp/v2/widgets" => list::<Widget>;
    "POST", "/wp/v2/widgets" => written::<Widget>;
    GET, "/wp/v2/widgets/*" => item::<Widget>;
    WRITE, "/wp/v2/widgets/*" => written::<Widget>;
    "DELETE", "/wp/v2/widgets/*" => deleted::<Widget>;
    GET, "/wp/v2/widget-types" => list::<WidgetType>;
    GET, "/wp/v2/widget-types/*" => item::<WidgetType>;
    GET, "/wp/v2/block-types/*" => item::<BlockType>;
    GET, "/wp/v2/block-patterns/patterns" => list::<BlockPattern>;
    GET, "/wp/v2/block-patterns/categories" => list::<BlockPatternCategory>;
    GET, "/wp/v2/icons" => list::<Icon>;
    GET, "/wp/v2/icons/*" => item::<Icon>;
    GET, "/wp/v2/icon-collections" => list::<IconCollection>;
    GET, "/wp/v2/icon-collections/*" => item::<IconCollection>;
    GET, "/wp-abilities/v1/abilities" => list::<Ability>;
    GET, "/wp-abilities/v1/abilities/*" => item::<Ability>;
    GET, "/wp-abilities/v1/categories" => list::<AbilityCategory>;
    GET, "/wp-abilities/v1/categories/*" => item::<AbilityCategory>;

    // Token plugins.
    "POST", "/jwt-auth/v1/token" => tokens::jwt_auth;
    "POST", "/jwt-auth/v1/token/validate" => tokens::jwt_auth_validates;
    "POST", "/api-bearer-auth/v1/login" => tokens::api_bearer_auth;
    "POST", "/api-bearer-auth/v1/tokens/refresh" => tokens::api_bearer_auth_renews;
    "POST", "/api/v1/token" => tokens::mini_orange;
};

/// Responds to each request with what was recorded.
#[derive(Debug)]
pub(super) struct Replay(pub(super) Exchange);

#[async_trait]
impl Transport for Replay {
    async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
        let Self(exchange) = self;
        let mut response = Response::new(Body::from(exchange.body.clone()));
        *response.status_mut() = exchange.status;
        *response.headers_mut() = exchange.headers.clone();
        Ok(response)
    }
}

/// A client that gets the recorded response.
fn client(exchange: &Exchange) -> Client {
    Client::builder("http://127.0.0.1").transport(Replay(exchange.clone())).build().unwrap()
}

/// The parameters of the request, without those that the client sets: of a list, all values.
fn query(exchange: &Exchange) -> BTreeMap<&str, Vec<&str>> {
    let mut query = BTreeMap::<_, Vec<_>>::new();
    for (name, value) in &exchange.query {
        if !matches!(&**name, "context" | "_method") {
            query.entry(&**name).or_default().push(&**value);
        }
    }
    query
}

fn is_edit(exchange: &Exchange) -> bool {
    exchange.parameter("context").as_deref() == Some("edit")
}

async fn head(exchange: Exchange) -> Written {
    client(&exchange).head(&exchange.route).await.map(|()| None).map_err(text)
}

async fn list<R: Listed<Edit: Serialize> + Serialize>(exchange: Exchange) -> Written {
    let list = client(&exchange).collection_at::<R>(&exchange.route).list().strict();
    let list =
        query(&exchange).into_iter().fold(list, |list, (name, values)| match name.strip_suffix("[]") {
            Some(name) => list.query(name, values),
            None => values.into_iter().fold(list, |list, value| list.query(name, value)),
        });
    let written = if is_edit(&exchange) {
        json!(&*list.edit().await.map_err(text)?)
    } else {
        json!(&*list.await.map_err(text)?)
    };
    Ok(Some(written))
}

/// What `Embeds` reads for a navigation block has the texts as they were written.
async fn list_of_navigation(exchange: Exchange) -> Written {
    let is_embedded = exchange.parameter("context").as_deref() == Some("embed");
    if is_embedded {
        item_as::<Vec<Navigation<Edit>>>(exchange).await
    } else {
        list::<Navigation>(exchange).await
    }
}

/// WordPress responds with the text as it was written only to those who may moderate: `create` and `submit`.
async fn comment(exchange: Exchange) -> Written {
    let is_raw = exchange.json().is_some_and(|json| json["content"].get("raw").is_some());
    if is_raw { written::<Comment>(exchange).await } else { item_as::<Comment>(exchange).await }
}

/// One item, in the context that was asked for.
async fn item<R: Resource<Edit: Serialize> + Serialize>(exchange: Exchange) -> Written {
    if is_edit(&exchange) { item_as::<R::Edit>(exchange).await } else { item_as::<R>(exchange).await }
}

/// The response to a write, which is in the context `edit`.
async fn written<R: Resource<Edit: Serialize>>(exchange: Exchange) -> Written {
    item_as::<R::Edit>(exchange).await
}

async fn deleted<R: Resource<Edit: Serialize>>(exchange: Exchange) -> Written {
    let is_forced = exchange.parameter("force").is_some_and(|force| matches!(&*force, "true" | "1"));
    if is_forced { deleted_as::<R::Edit>(exchange).await } else { item_as::<R::Edit>(exchange).await }
}

async fn deleted_as<T: DeserializeOwned + Serialize + Send + 'static>(exchange: Exchange) -> Written {
    let Deleted { deleted, previous, .. } = read::<Deleted<T>>(&exchange).await?;
    Ok(Some(json!({ "deleted": deleted, "previous": previous })))
}

async fn item_as<T: DeserializeOwned + Serialize + Send + 'static>(exchange: Exchange) -> Written {
    Ok(Some(json!(read::<T>(&exchange).await?)))
}

/// What is only read.
async fn unwritten<T: DeserializeOwned + Send + 'static>(exchange: Exchange) -> Written {
    read::<T>(&exchange).await.map(|_| None)
}

async fn read<T: DeserializeOwned + Send + 'static>(exchange: &Exchange) -> Result<T, String> {
    let (client, route) = (client(exchange), exchange.route.as_str());
    let request = match exchange.method {
        Method::POST => client.post(route),
        Method::PUT => client.put(route),
        Method::PATCH => client.patch(route),
        Method::DELETE => client.delete(route),
        _ => client.get(route),
    };
    let request = query(exchange).into_iter().fold(request, |request, (name, values)| {
        values.into_iter().fold(request, |request, value| request.query(name, value))
    });
    request.typed::<T>().strict().await.map_err(text)
}

/// The error with its causes.
#[allow(clippy::needless_pass_by_value)] // for `map_err`
pub(super) fn text(error: wp_client::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
