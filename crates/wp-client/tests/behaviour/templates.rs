//! Templates and template parts.

use wp_client::models::{
    NewTemplate, NewTemplatePart, PostStatus, TemplateArea, TemplatePartPatch, TemplatePatch, TemplateSource,
};

use crate::site::Site;

pub(crate) async fn template_create_update_trash_delete(site: Site) {
    let wp = site.admin();
    let new = NewTemplate::named("behaviour").title("Behaviour").content("<p>1</p>").description("d");
    let made = wp.templates().create(new).await.unwrap();
    let (id, wp_id) = (made.id.clone(), made.wp_id.unwrap());
    assert!(id.as_str().ends_with("//behaviour"), "{id}");
    assert!(made.content.raw == "<p>1</p>" && made.title.raw == "Behaviour" && made.description == "d");
    assert_eq!((made.source, made.is_custom), (Some(TemplateSource::Custom), Some(true)));
    let view = wp.templates().get(id.clone()).strict().await.unwrap();
    let edit = wp.templates().get(id.clone()).edit().strict().await.unwrap();
    assert!(view.content.raw == edit.content.raw && view.status == PostStatus::Publish);

    let changed =
        wp.templates().update(id.clone(), TemplatePatch::default().content("<p>2</p>")).await.unwrap();
    assert!(changed.content.raw == "<p>2</p>" && changed.title.raw == "Behaviour");
    let all = wp.templates().list().strict().await.unwrap();
    assert!(all.iter().any(|template| template.id == id) && all.len() > 1);
    let one = wp.templates().list().wp_id(wp_id).await.unwrap();
    assert_eq!(one.iter().map(|template| &template.id).collect::<Vec<_>>(), [&id]);

    if site.has_route(
        r#"/wp/v2/templates/(?P<parent>([^\/:<>\*\?"\|]+(?:\/[^\/:<>\*\?"\|]+)?)[\/\w%-]+)/revisions"#,
    ) {
        let draft = TemplatePatch::default().content("<p>3</p>");
        let saved = wp.templates().autosave(id.clone(), draft).await.unwrap();
        assert!(saved.content.raw == "<p>3</p>" && saved.parent.map(wp_client::Id::get) == Some(wp_id.get()));
        let autosaves = wp.templates().autosaves(id.clone()).list().strict().await.unwrap();
        assert_eq!(autosaves[0].wp_id, saved.wp_id);
        let again = wp.templates().autosaves(id.clone()).get(saved.wp_id).strict().await.unwrap();
        assert!(again.content.raw == "<p>3</p>");
        let revisions = wp.templates().revisions(id.clone()).list().strict().await.unwrap();
        let revision = wp.templates().revisions(id.clone()).get(revisions[0].wp_id).strict().await.unwrap();
        assert_eq!(revision.parent.map(wp_client::Id::get), Some(wp_id.get()));
        let gone = wp.templates().revisions(id.clone()).delete(revision.wp_id).await.unwrap();
        assert_eq!(gone.previous.wp_id, revision.wp_id);
    } else {
        println!("this WordPress has no revisions of templates: they came with 6.4");
    }

    assert!(site.anonymous().templates().get(id.clone()).await.unwrap_err().is_unauthorized());
    let subscriber = site.someone(&site.subscriber);
    assert!(subscriber.templates().list().await.unwrap_err().is_forbidden());
    assert!(subscriber.templates().create(NewTemplate::named("no")).await.unwrap_err().is_forbidden());
    let refused = subscriber.templates().update(id.clone(), TemplatePatch::default().content("x")).await;
    assert!(refused.unwrap_err().is_forbidden());
    assert!(subscriber.templates().delete(id.clone()).await.unwrap_err().is_forbidden());

    assert_eq!(wp.templates().trash(id.clone()).await.unwrap().status, PostStatus::Trash);
    assert!(wp.templates().get(id).await.unwrap_err().is_not_found());
    let again = wp.templates().create(NewTemplate::named("behaviour").title("Behaviour")).await.unwrap();
    assert!(wp.templates().delete(again.id).await.unwrap().deleted);
}

pub(crate) async fn theme_template_is_reset(site: Site) {
    let wp = site.admin();
    let found = wp.templates().lookup("index").strict().await.unwrap().unwrap();
    let original = found.content.raw.clone();
    let error = wp.templates().delete(found.id.clone()).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 400, "{error}");
    let patch = TemplatePatch::default().content("<p>mine</p>");
    let mine = wp.templates().update(found.id.clone(), patch).await.unwrap();
    assert!(mine.content.raw == "<p>mine</p>" && mine.wp_id.is_some() && mine.has_theme_file);
    assert!(wp.templates().delete(found.id.clone()).await.unwrap().deleted);
    assert_eq!(wp.templates().get(found.id).await.unwrap().content.raw, original);
    let custom =
        wp.templates().lookup_custom("single-quokka", false, "single-quokka".to_owned()).await.unwrap();
    assert!(custom.is_some_and(|template| !template.id.as_str().is_empty()));
}

pub(crate) async fn template_part_is_listed_by_area(site: Site) {
    let wp = site.admin();
    let new = NewTemplatePart::named("behaviour-part").title("Part").area(TemplateArea::Footer).content("x");
    let made = wp.template_parts().create(new).await.unwrap();
    assert_eq!((made.area, made.is_custom), (Some(TemplateArea::Footer), None));
    let read = wp.template_parts().get(made.id.clone()).strict().await.unwrap();
    assert_eq!((read.id, read.content.raw.as_str()), (made.id.clone(), "x"));
    let footers = wp.template_parts().list().area(TemplateArea::Footer).strict().await.unwrap();
    assert!(footers.iter().any(|part| part.id == made.id));
    let headers = wp.template_parts().list().area(TemplateArea::Header).await.unwrap();
    assert!(headers.iter().all(|part| part.id != made.id && part.area == Some(TemplateArea::Header)));
    let patch = TemplatePartPatch::default().area(TemplateArea::Header);
    let changed = wp.template_parts().update(made.id.clone(), patch).await.unwrap();
    assert_eq!(changed.area, Some(TemplateArea::Header));
    assert!(changed.content.raw == "x");
    assert!(wp.template_parts().lookup("behaviour-part").strict().await.unwrap().is_some());

    if site.has_route(
        r#"/wp/v2/template-parts/(?P<parent>([^\/:<>\*\?"\|]+(?:\/[^\/:<>\*\?"\|]+)?)[\/\w%-]+)/revisions"#,
    ) {
        let draft = TemplatePartPatch::default().content("y");
        let saved = wp.template_parts().autosave(made.id.clone(), draft).await.unwrap();
        let autosaves = wp.template_parts().autosaves(made.id.clone());
        assert_eq!(autosaves.list().strict().await.unwrap()[0].wp_id, saved.wp_id);
        assert_eq!(autosaves.get(saved.wp_id).strict().await.unwrap().content.raw, "y");
        wp.template_parts().update(made.id.clone(), TemplatePartPatch::default().content("z")).await.unwrap();
        let revisions = wp.template_parts().revisions(made.id.clone());
        let latest = revisions.list().strict().await.unwrap()[0].wp_id;
        assert_eq!(revisions.get(latest).strict().await.unwrap().content.raw, "z");
        assert_eq!(revisions.delete(latest).await.unwrap().previous.wp_id, latest);
    }
    assert!(wp.template_parts().delete(made.id).await.unwrap().deleted);
}
