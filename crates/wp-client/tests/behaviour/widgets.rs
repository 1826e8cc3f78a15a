//! Sidebars, widgets and their types.

use wp_client::Page;
use wp_client::models::{
    NewWidget, SidebarPatch, SidebarStatus, Widget, WidgetId, WidgetInstance, WidgetPatch, WidgetToEncode,
};

use crate::refusal::{assert_refused, assert_refuses};
use crate::site::Site;

/// The only sidebar that each theme has.
const INACTIVE: &str = "wp_inactive_widgets";

const REFUSED: &str = "rest_cannot_manage_widgets";

fn text(content: &str) -> WidgetInstance {
    WidgetInstance::raw([("content", content)])
}

fn ids(page: &Page<Widget>) -> Vec<WidgetId> {
    page.iter().map(|widget| widget.id.clone()).collect()
}

pub(crate) async fn widget_life_cycle(site: Site) {
    let wp = site.admin();
    let content = "<!-- wp:paragraph --><p>one</p><!-- /wp:paragraph -->";
    let made = wp.widgets().create(NewWidget::of("block", text(content)).sidebar(INACTIVE)).await.unwrap();
    let instance = made.instance.clone().unwrap();
    assert_eq!(instance.raw.as_ref().unwrap()["content"], content);
    assert!(made.id_base == "block" && made.sidebar == INACTIVE && made.rendered_form.is_some());

    let seen = wp.widgets().get(made.id.clone()).strict().await.unwrap();
    assert_eq!((seen.id.clone(), seen.instance, seen.rendered_form), (made.id.clone(), None, None));
    let edited = wp.widgets().get(made.id.clone()).edit().strict().await.unwrap();
    assert_eq!(edited.instance, Some(instance.clone()));
    let embedded = wp.widgets().get(made.id.clone()).query("context", "embed").strict().await.unwrap();
    assert_eq!(embedded.id, made.id);

    // Each form of the settings.
    let patch = WidgetPatch::default().instance(text("two"));
    let two = wp.widgets().update(made.id.clone(), patch).await.unwrap();
    assert_eq!(two.instance.unwrap().raw.unwrap()["content"], "two");
    let encoded = WidgetInstance::encoded(instance.encoded, instance.hash);
    let back = wp.widgets().update(made.id.clone(), WidgetPatch::default().instance(encoded)).await.unwrap();
    assert_eq!(back.instance.unwrap().raw.unwrap()["content"], content);
    let forged = WidgetPatch::default().instance(WidgetInstance::encoded("YTowOnt9", "forged"));
    assert_refused(wp.widgets().update(made.id.clone(), forged).await, 400, "rest_invalid_widget");

    let inactive = wp.widgets().list().sidebar(INACTIVE).strict().await.unwrap();
    assert!(ids(&inactive).contains(&made.id) && inactive.iter().all(|widget| widget.sidebar == INACTIVE));
    let none = wp.widgets().list().sidebar("no-such-sidebar").strict().await.unwrap();
    assert!(ids(&none).is_empty());
    assert!(
        wp.widgets().list().edit().strict().await.unwrap().iter().any(|widget| widget.instance.is_some())
    );

    let (subscriber, nobody) = (site.someone(&site.subscriber), site.anonymous());
    let both = [&subscriber, &nobody];
    assert_refuses(both.map(|wp| wp.widgets().create(NewWidget::of("block", text("x")))), REFUSED).await;
    assert_refuses(both.map(|wp| wp.widgets().get(made.id.clone())), REFUSED).await;
    let patch = || WidgetPatch::default().instance(text("x"));
    assert_refuses(both.map(|wp| wp.widgets().update(made.id.clone(), patch())), REFUSED).await;
    assert_refuses(both.map(|wp| wp.widgets().deactivate(made.id.clone())), REFUSED).await;
    assert_refuses(both.map(|wp| wp.widgets().delete(made.id.clone())), REFUSED).await;
    assert_refused(subscriber.widgets().list().await, 403, REFUSED);

    let still = wp.widgets().deactivate(made.id.clone()).await.unwrap();
    assert!(still.id == made.id && still.sidebar == INACTIVE);
    let deleted = wp.widgets().delete(made.id.clone()).await.unwrap();
    assert!(deleted.deleted && deleted.previous.id == made.id);
    assert_refused(wp.widgets().get(made.id.clone()).await, 404, "rest_widget_not_found");
}

pub(crate) async fn sidebar_order(site: Site) {
    let wp = site.admin();
    let new = |content| NewWidget::of("block", text(content)).sidebar(INACTIVE);
    let first = wp.widgets().create(new("first")).await.unwrap().id;
    let second = wp.widgets().create(new("second")).await.unwrap().id;
    let mut order = wp.sidebars().get(INACTIVE).strict().await.unwrap().widgets;
    assert!(order.contains(&first) && order.contains(&second));
    order.reverse();
    let patch = SidebarPatch::default().widgets(order.clone());
    let changed = wp.sidebars().update(INACTIVE, patch).await.unwrap();
    assert_eq!((changed.widgets, changed.status), (order.clone(), SidebarStatus::Inactive));
    for context in ["view", "edit", "embed"] {
        let read = wp.sidebars().get(INACTIVE).query("context", context).strict().await.unwrap();
        assert_eq!(read.widgets, order, "{context}");
    }
    let all = wp.sidebars().list().strict().await.unwrap();
    assert!(all.iter().any(|sidebar| sidebar.id == INACTIVE && sidebar.widgets == order));

    let (subscriber, nobody) = (site.someone(&site.subscriber), site.anonymous());
    let both = [&subscriber, &nobody];
    assert_refuses(both.map(|wp| wp.sidebars().get(INACTIVE)), REFUSED).await;
    let patch = || SidebarPatch::default().widgets([]);
    assert_refuses(both.map(|wp| wp.sidebars().update(INACTIVE, patch())), REFUSED).await;
    assert_refused(nobody.sidebars().list().await, 401, REFUSED);
    assert_refused(wp.sidebars().get("no-such-sidebar").await, 404, "rest_sidebar_not_found");
    for id in [first, second] {
        wp.widgets().delete(id).await.unwrap();
    }
}

pub(crate) async fn widget_types_encode_and_render(site: Site) {
    let wp = site.admin();
    let text = wp.widget_types().get("text").strict().await.unwrap();
    assert!(text.is_multi && text.classname == "widget_text");
    let all = wp.widget_types().list().strict().await.unwrap();
    assert!(all.iter().any(|kind| kind.id == text.id) && all.len() > 5);
    assert!(wp.widget_types().list().edit().strict().await.unwrap().len() == all.len());

    let fields = WidgetToEncode::default()
        .instance(WidgetInstance::raw([("title", "Before")]))
        .form_data("widget-text[1][title]=About&widget-text[1][text]=us");
    let encoded = wp.widget_types().encode("text", fields).strict().await.unwrap();
    assert!(encoded.preview.contains("About") && encoded.form.contains("About"), "{encoded:?}");
    assert_eq!(encoded.instance.raw.as_ref().unwrap()["text"], "us");
    let rendered = wp.widget_types().render("text", encoded.instance).strict().await.unwrap();
    assert!(rendered.preview.contains("About"), "{rendered:?}");

    let (subscriber, nobody) = (site.someone(&site.subscriber), site.anonymous());
    let both = [&subscriber, &nobody];
    assert_refuses(both.map(|wp| wp.widget_types().get("text")), REFUSED).await;
    assert_refuses(both.map(|wp| wp.widget_types().encode("text", WidgetToEncode::default())), REFUSED).await;
    assert_refuses(both.map(|wp| wp.widget_types().render("text", WidgetInstance::default())), REFUSED).await;
    assert_refused(subscriber.widget_types().list().await, 403, REFUSED);
    assert_refused(wp.widget_types().get("no-such-type").await, 404, "rest_widget_type_invalid");
}
