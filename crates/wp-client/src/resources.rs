//! The resources of WordPress: their collections, the parameters of their lists, and what only one of them can do.

#[macro_use]
mod filters;
mod abilities;
mod batch;
mod block_types;
mod blocks;
mod comments;
mod directory;
mod editor;
mod embedding;
mod font_families;
mod global_styles;
mod icons;
mod media;
mod menu_items;
mod pages;
mod plugins;
mod posts;
mod protected;
mod search;
pub(crate) mod site_health;
mod taxonomies;
mod templates;
mod terms;
mod themes;
mod users;
mod widgets;

use http::Method;
use wp_core::models::{
    Ability, AbilityCategory, Block, BlockPattern, BlockPatternCategory, BlockType, Category, Comment,
    DirectoryPattern, FontCollection, FontFamily, GlobalStyles, Icon, IconCollection, Media, Menu, MenuItem,
    MenuLocation, Navigation, Page, PatternCategory, Plugin, Post, PostTypeInfo, SearchResult, Settings,
    Sidebar, SiteInfo, StatusInfo, Tag, TaxonomyInfo, Template, TemplatePart, Theme, User, Widget,
    WidgetType,
};

use crate::{ApplicationPasswords, Client, Collection, List, Request, Single, UserRef};

/// A method of the client for each collection.
macro_rules! collections {
    ($($(#[$doc:meta])* $name:ident: $item:ty,)*) => {
        impl Client {$(
            $(#[$doc])*
            pub fn $name(&self) -> Collection<$item> {
                self.collection()
            }
        )*}
    };
}

collections! {
    /// The posts: `/wp/v2/posts`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::{NewPost, PostPatch, PostStatus};
    ///
    /// let post = wp.posts().create(NewPost::titled("Hello").content("<p>World</p>")).await?;
    /// wp.posts().update(post.id, PostPatch::default().status(PostStatus::Publish)).await?;
    /// wp.posts().trash(post.id).await?;
    /// # Ok(()) }
    /// ```
    posts: Post,
    /// The pages: `/wp/v2/pages`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::{NewPage, PostStatus};
    ///
    /// let about = wp.pages().create(NewPage::titled("About").status(PostStatus::Publish)).await?;
    /// wp.pages().create(NewPage::titled("Team").parent(about.id)).await?;
    /// # Ok(()) }
    /// ```
    pages: Page,
    /// The media: `/wp/v2/media`. See [`upload`](Collection::upload).
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::MediaType;
    ///
    /// for image in wp.media().list().media_type(MediaType::Image).await? {
    ///     println!("{}: {}", image.alt_text, image.source_url);
    /// }
    /// # Ok(()) }
    /// ```
    media: Media,
    /// The comments: `/wp/v2/comments`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, post: wp_client::models::PostId) -> wp_client::Result<()> {
    /// use wp_client::models::NewComment;
    ///
    /// let comment = wp.comments().create(NewComment::on(post, "Thank you!")).await?;
    /// wp.comments().create(NewComment::on(post, "You are welcome.").parent(comment.id)).await?;
    /// wp.comments().trash(comment.id).await?;
    /// # Ok(()) }
    /// ```
    comments: Comment,
    /// The patterns that users made, synced or not: `/wp/v2/blocks`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for pattern in wp.blocks().list().await? {
    ///     println!("{}: {}", &*pattern.title.raw, &*pattern.content.raw);
    /// }
    /// # Ok(()) }
    /// ```
    blocks: Block,
    /// The navigation menus of block themes: `/wp/v2/navigation`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for menu in wp.navigation().list().edit().await? {
    ///     println!("{}: {}", &*menu.title.raw, &*menu.content.raw);
    /// }
    /// # Ok(()) }
    /// ```
    navigation: Navigation,
    /// The menus of classic themes: `/wp/v2/menus`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::{NewMenu, NewMenuItem};
    ///
    /// let menu = wp.menus().create(NewMenu::named("Main")).await?;
    /// let link = NewMenuItem::to_url("Shop", "https://shop.example.org").menus(menu.id);
    /// wp.menu_items().create(link).await?;
    /// # Ok(()) }
    /// ```
    menus: Menu,
    /// The links in the menus of classic themes: `/wp/v2/menu-items`.
    ///
    /// ```no_run
    /// # use wp_client::models::{MenuId, PageId};
    /// # async fn run(wp: wp_client::Client, main: MenuId, blog: PageId) -> wp_client::Result<()> {
    /// use wp_client::models::{MenuItemPatch, NewMenuItem};
    ///
    /// // The blog becomes the first link of the menu.
    /// let blog = NewMenuItem::to_post("page", blog).menus(main);
    /// let item = wp.menu_items().create(blog).await?;
    /// wp.menu_items().update(item.id, MenuItemPatch::default().menu_order(1)).await?;
    /// # Ok(()) }
    /// ```
    menu_items: MenuItem,
    /// The places that a classic theme has for menus: `/wp/v2/menu-locations`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for place in wp.menu_locations().list().await? {
    ///     println!("{} shows {:?}", place.name, place.menu);
    /// }
    /// # Ok(()) }
    /// ```
    menu_locations: MenuLocation,
    /// The users: `/wp/v2/users`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::{NewUser, UserPatch};
    ///
    /// let ana = wp.users().create(NewUser::new("ana", "ana@example.org", "a long password")).await?;
    /// wp.users().update(ana.id, UserPatch::default().roles(["editor"])).await?;
    /// # Ok(()) }
    /// ```
    users: User,
    /// The categories: `/wp/v2/categories`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::NewCategory;
    ///
    /// let sea = wp.categories().create(NewCategory::named("Sea")).await?;
    /// wp.categories().create(NewCategory::named("Harbours").parent(sea.id)).await?;
    /// # Ok(()) }
    /// ```
    categories: Category,
    /// The tags: `/wp/v2/tags`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let mut tags = wp.tags().list().hide_empty(true).stream();
    /// while let Some(tag) = tags.try_next().await? {
    ///     println!("{}: {} posts", tag.name, tag.count);
    /// }
    /// # Ok(()) }
    /// ```
    tags: Tag,
    /// The categories of patterns: `/wp/v2/wp_pattern_category`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, pattern: wp_client::models::BlockId) -> wp_client::Result<()> {
    /// use wp_client::models::{BlockPatch, NewTerm};
    ///
    /// let footers = wp.pattern_categories().create(NewTerm::named("Footers")).await?;
    /// wp.blocks().update(pattern, BlockPatch::default().wp_pattern_category([footers.id])).await?;
    /// # Ok(()) }
    /// ```
    pattern_categories: PatternCategory,
    /// The post types of the site: `/wp/v2/types`. Their list is not divided into pages.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for kind in wp.types().list().await? {
    ///     println!("{}: {}", kind.name, kind.route());
    /// }
    /// # Ok(()) }
    /// ```
    types: PostTypeInfo,
    /// The statuses that posts can have: `/wp/v2/statuses`. Visitors see only those that are public. Their list is not
    /// divided into pages.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let draft = wp.statuses().get("draft").await?;
    /// println!("{}", draft.name);
    /// # Ok(()) }
    /// ```
    statuses: StatusInfo,
    /// The taxonomies of the site: `/wp/v2/taxonomies`. Their list is not divided into pages.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let genre = wp.taxonomies().get("genre").await?;
    /// println!("{}: {:?}", genre.name, genre.types);
    /// # Ok(()) }
    /// ```
    taxonomies: TaxonomyInfo,
    /// The themes that are installed: `/wp/v2/themes`. A user who may not switch themes gets only the active one, if they
    /// may edit posts; WordPress responds with 401 or 403 `rest_cannot_view_themes` to others. Their list is not divided
    /// into pages.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let theme = wp.themes().get("twentytwentyfive").await?;
    /// println!("{} {}", theme.name.rendered, theme.version);
    /// # Ok(()) }
    /// ```
    themes: Theme,
    /// The plugins that are installed: `/wp/v2/plugins`. WordPress responds with 401 or 403 `rest_cannot_view_plugins` to
    /// users who may not activate plugins. Their list is not divided into pages.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::{NewPlugin, PluginPatch};
    ///
    /// let plugin = wp.plugins().create(NewPlugin::from_directory("akismet")).await?;
    /// wp.plugins().update(plugin.plugin.clone(), PluginPatch::activate()).await?;
    /// wp.plugins().update(plugin.plugin.clone(), PluginPatch::deactivate()).await?;
    /// wp.plugins().delete(plugin.plugin).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// WordPress responds with 500 `plugins_api_failed` if it cannot reach its directory, and with 400
    /// `rest_cannot_delete_active_plugin` to the deletion of an active plugin.
    plugins: Plugin,
    /// The templates of the active theme: `/wp/v2/templates`. Their list is not divided into pages.
    ///
    /// [`delete`](Collection::delete) of a template of the theme takes the changes away, so that the file of the theme is
    /// used again; WordPress responds with 400 `rest_invalid_template` if there are no changes.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::TemplatePatch;
    ///
    /// let single = wp.templates().get("twentytwentyfive//single").await?;
    /// let signed = format!("{}\n<!-- wp:paragraph --><p>Ana</p><!-- /wp:paragraph -->", single.content.raw);
    /// wp.templates().update(single.id, TemplatePatch::default().content(signed)).await?;
    /// # Ok(()) }
    /// ```
    templates: Template,
    /// The template parts of the active theme: `/wp/v2/template-parts`. Their list is not divided into pages.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::{NewTemplatePart, TemplateArea};
    ///
    /// let footer = NewTemplatePart::named("shop-footer").area(TemplateArea::Footer);
    /// wp.template_parts().create(footer.content("<!-- wp:site-title /-->")).await?;
    /// # Ok(()) }
    /// ```
    template_parts: TemplatePart,
    /// The global styles: `/wp/v2/global-styles`. There is no list; the active theme has the id of its own.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::ThemeStatus;
    ///
    /// for theme in wp.themes().list().status(ThemeStatus::Active).await? {
    ///     if let Some(id) = theme.global_styles() {
    ///         println!("{:?}", wp.global_styles().get(id).await?.styles);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    global_styles: GlobalStyles,
    /// The font families that are installed: `/wp/v2/font-families`. Since WordPress 6.5. WordPress responds with 401 or
    /// 403 `rest_cannot_read` to users who may not edit the theme.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for family in wp.font_families().list().await? {
    ///     println!("{}", family.font_family_settings.name);
    /// }
    /// # Ok(()) }
    /// ```
    font_families: FontFamily,
    /// The collections of fonts that can be installed: `/wp/v2/font-collections`. Since WordPress 6.5.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for font in wp.font_collections().get("google-fonts").await?.font_families {
    ///     println!("{}", font.font_family_settings.name);
    /// }
    /// # Ok(()) }
    /// ```
    font_collections: FontCollection,
    /// The abilities: `/wp-abilities/v1/abilities`. Since WordPress 6.9.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for ability in wp.abilities().list().category("site").await? {
    ///     println!("{}: {}", ability.label, ability.description);
    /// }
    /// # Ok(()) }
    /// ```
    abilities: Ability,
    /// The categories of abilities: `/wp-abilities/v1/categories`. Since WordPress 6.9.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let site = wp.ability_categories().get("site").await?;
    /// println!("{}: {}", site.label, site.description);
    /// # Ok(()) }
    /// ```
    ability_categories: AbilityCategory,
    /// The sidebars of a classic theme: `/wp/v2/sidebars`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::SidebarPatch;
    ///
    /// let mut sidebar = wp.sidebars().get("sidebar-1").await?;
    /// sidebar.widgets.reverse();
    /// wp.sidebars().update(sidebar.id, SidebarPatch::default().widgets(sidebar.widgets)).await?;
    /// # Ok(()) }
    /// ```
    sidebars: Sidebar,
    /// The widgets in the sidebars: `/wp/v2/widgets`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::{NewWidget, WidgetInstance};
    ///
    /// let search = WidgetInstance::raw([("content", "<!-- wp:search /-->")]);
    /// wp.widgets().create(NewWidget::of("block", search).sidebar("sidebar-1")).await?;
    /// # Ok(()) }
    /// ```
    widgets: Widget,
    /// The types of widgets: `/wp/v2/widget-types`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let archives = wp.widget_types().get("archives").await?;
    /// println!("{}: {}", archives.name, archives.description);
    /// # Ok(()) }
    /// ```
    widget_types: WidgetType,
    /// The types of blocks: `/wp/v2/block-types`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let quote = wp.block_types().get("core/quote").await?;
    /// println!("{}", quote.title);
    /// # Ok(()) }
    /// ```
    block_types: BlockType,
    /// The registered patterns: `/wp/v2/block-patterns/patterns`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for pattern in wp.block_patterns().list().await? {
    ///     println!("{}: {}", pattern.name, pattern.title);
    /// }
    /// # Ok(()) }
    /// ```
    block_patterns: BlockPattern,
    /// The categories of registered patterns: `/wp/v2/block-patterns/categories`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for category in wp.block_pattern_categories().list().await? {
    ///     println!("{}: {}", category.name, category.label);
    /// }
    /// # Ok(()) }
    /// ```
    block_pattern_categories: BlockPatternCategory,
    /// The patterns in WordPress.org's directory: `/wp/v2/pattern-directory/patterns`. It needs the right to edit
    /// posts. WordPress responds with 500 `pattern_api_failed` if it does not reach WordPress.org.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for pattern in wp.pattern_directory().list().search("gallery").await? {
    ///     println!("{}", pattern.title);
    /// }
    /// # Ok(()) }
    /// ```
    pattern_directory: DirectoryPattern,
    /// The icons; since WordPress 7.1: `/wp/v2/icons`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let icon = wp.icons().get("core/arrow-left").await?;
    /// println!("{}", icon.content);
    /// # Ok(()) }
    /// ```
    icons: Icon,
    /// The collections of icons; since WordPress 7.1: `/wp/v2/icon-collections`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for collection in wp.icon_collections().list().await? {
    ///     println!("{}: {}", collection.slug, collection.label);
    /// }
    /// # Ok(()) }
    /// ```
    icon_collections: IconCollection,
}

impl Client {
    /// The settings of the site: `/wp/v2/settings`. WordPress responds with 401 or 403 `rest_forbidden` to users who may
    /// not manage options.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::SettingsPatch;
    ///
    /// // A setting of a plugin is one of the other fields.
    /// wp.settings().update(SettingsPatch::default().title("Dunes").field("shop_currency", "EUR")).await?;
    /// # Ok(()) }
    /// ```
    pub fn settings(&self) -> Single<Settings> {
        Single::new(&self.0)
    }

    /// Searches the whole site: `/wp/v2/search`. The results are in the order of their relevance.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for result in wp.search("dune").subtypes(["post", "page"]).per_page(20).await? {
    ///     println!("{} {}", result.title, result.url);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn search(&self, words: &str) -> List<SearchResult> {
        self.collection::<SearchResult>().list().search(words)
    }

    /// Requests the index of the API: the name of the site, its time zone, its namespaces and routes.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let site = wp.site_info().await?;
    /// println!("{} has fonts: {}", site.name, site.has_route("/wp/v2/font-families"));
    /// # Ok(()) }
    /// ```
    pub fn site_info(&self) -> Request<SiteInfo> {
        Request::new(&self.0, Method::GET, "/")
    }

    /// The application passwords of a user, usually [`UserRef::Me`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::UserRef;
    ///
    /// for password in wp.application_passwords(UserRef::Me).list().await? {
    ///     println!("{}", password.name);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn application_passwords(&self, user: impl Into<UserRef>) -> ApplicationPasswords {
        ApplicationPasswords::new(&self.0, user.into())
    }
}
