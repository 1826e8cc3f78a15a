//! What the dashboard uses: widgets, blocks, patterns, icons, views; and the namespaces beside `wp/v2`.

use wp_client::Client;
use wp_client::models::{
    Batch, BatchRequest, BatchValidation, BlockToRender, HealthTest, NewWidget, OembedProxyQuery,
    OembedQuery, PostId, SidebarPatch, ViewKind, WidgetInstance, WidgetPatch, WidgetToEncode,
};

use super::{Call, calls, paged};

pub(crate) fn calls(wp: &Client) -> Vec<Call> {
    let instance = || WidgetInstance::encoded("encoded", "hash");
    let block = || BlockToRender::default().attribute("postsToShow", 2).post_id(PostId::new(9).unwrap());
    let batch = Batch::default()
        .request(BatchRequest::delete("/wp/v2/posts/7?force=true").header("x-a", "b"))
        .validation(BatchValidation::RequireAllValidate);
    let (sidebars, widgets, widget_types) = (wp.sidebars(), wp.widgets(), wp.widget_types());
    let (block_types, icons, collections) = (wp.block_types(), wp.icons(), wp.icon_collections());
    let page = "https://example.org/page";
    calls! {
        sidebars.list().edit();
        sidebars.get("side-1").edit();
        sidebars.update("side-1", SidebarPatch::default().widgets(["block-7".into()]));
        widgets.list().sidebar("side-1").edit();
        widgets.get("block-7").edit();
        widgets.create(NewWidget::of("block", instance()).sidebar("side-1").form_data("a=b").id("search"));
        widgets.update("block-7", WidgetPatch::default().sidebar("side-1").instance(instance()).form_data("a=b"));
        widgets.deactivate("block-7");
        widgets.delete("block-7");
        widget_types.list().edit();
        widget_types.get("text").edit();
        widget_types.encode("text", WidgetToEncode::default().instance(instance()).form_data("a=b"));
        widget_types.render("text", instance());
        block_types.list().namespace("core").edit();
        block_types.in_namespace("core").edit();
        block_types.get("core/paragraph").edit();
        block_types.render("core/archives", block());
        block_types.render_by_get("core/archives", block());
        wp.block_patterns().list();
        wp.block_pattern_categories().list();
        wp.block_directory("term").page(2).per_page(3);
        paged(wp.pattern_directory().list(), wp_client::Id::new(7).unwrap()).category(4_u64).keyword(5_u64)
            .slugs(["slug"]).offset(6).edit();
        icons.list().containing("words").collection("core").edit();
        icons.in_collection("core").containing("words").edit();
        icons.get("core/plus").edit();
        collections.list().edit();
        collections.get("core").edit();
        wp.view_config(ViewKind::PostType, "post");
        wp.oembed(OembedQuery::of(page).max_width(300_u32));
        wp.oembed_proxy(OembedProxyQuery::of(page).max_width(300_u32).max_height(200_u32).discover(false));
        wp.url_details(page);
        wp.navigation_fallback();
        wp.export_theme();
        wp.site_health().test(HealthTest::BackgroundUpdates);
        wp.site_health().test(HealthTest::LoopbackRequests);
        wp.site_health().test(HealthTest::HttpsStatus);
        wp.site_health().test(HealthTest::DotorgCommunication);
        wp.site_health().test(HealthTest::AuthorizationHeader);
        wp.site_health().test(HealthTest::PageCache);
        wp.site_health().directory_sizes();
        wp.send_batch(&batch);
    }
}
