//! The routes of WordPress that the stand-in does not serve.
//!
//! A request to one of them is refused with 501 and says so, where `rest_no_route` would claim that WordPress lacks it.

/// `*` stands for one part of a path, a last `**` for one or more.
#[rustfmt::skip]
const ROUTES: &[&str] = &[
    "/oembed/1.0", "/oembed/1.0/embed", "/oembed/1.0/proxy",
    "/wp-abilities/v1", "/wp-abilities/v1/**",
    "/wp-block-editor/v1", "/wp-block-editor/v1/export", "/wp-block-editor/v1/navigation-fallback",
    "/wp-block-editor/v1/url-details",
    "/wp-site-health/v1", "/wp-site-health/v1/directory-sizes", "/wp-site-health/v1/tests/*",
    "/wp/v2/block-directory/search", "/wp/v2/block-patterns/*", "/wp/v2/block-renderer/*/*",
    "/wp/v2/block-types", "/wp/v2/block-types/*", "/wp/v2/block-types/*/*",
    "/wp/v2/font-collections", "/wp/v2/font-collections/**", "/wp/v2/font-families", "/wp/v2/font-families/*",
    "/wp/v2/font-families/*/font-faces", "/wp/v2/font-families/*/font-faces/*",
    "/wp/v2/global-styles/**",
    "/wp/v2/icon-collections", "/wp/v2/icon-collections/*", "/wp/v2/icons", "/wp/v2/icons/*", "/wp/v2/icons/*/*",
    "/wp/v2/media/*/edit", "/wp/v2/media/*/post-process", "/wp/v2/media/*/sideload", "/wp/v2/media/*/finalize",
    "/wp/v2/menu-locations", "/wp/v2/menu-locations/*",
    "/wp/v2/pattern-directory/patterns", "/wp/v2/plugins", "/wp/v2/plugins/*", "/wp/v2/plugins/*/*",
    "/wp/v2/sidebars", "/wp/v2/sidebars/*",
    "/wp/v2/templates", "/wp/v2/templates/**", "/wp/v2/template-parts", "/wp/v2/template-parts/**",
    "/wp/v2/themes", "/wp/v2/themes/*", "/wp/v2/themes/*/*", "/wp/v2/view-config",
    "/wp/v2/widget-types", "/wp/v2/widget-types/*", "/wp/v2/widget-types/*/encode", "/wp/v2/widget-types/*/render",
    "/wp/v2/widgets", "/wp/v2/widgets/*",
];

/// Families that have the same routes below each of their members.
const FAMILIES: &[(&[&str], &[&str])] = &[
    (&["blocks", "navigation"], &["/*/revisions", "/*/revisions/*"]),
    (&["posts", "pages", "blocks", "navigation", "menu-items"], &["/*/autosaves", "/*/autosaves/*"]),
    (&["blocks", "menu-items", "menus", "navigation", "wp_pattern_category"], &["", "/*"]),
];

/// Whether WordPress has this route.
pub(crate) fn has(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    if ROUTES.iter().any(|route| fits(route, &path)) {
        return true;
    }
    let Some(path) = path.strip_prefix("/wp/v2/") else { return false };
    FAMILIES.iter().any(|(bases, ends)| {
        bases
            .iter()
            .filter_map(|base| path.strip_prefix(base))
            .any(|rest| ends.iter().any(|end| fits(end, rest)))
    })
}

fn fits(route: &str, path: &str) -> bool {
    let (mut own, mut asked) = (route.split('/'), path.split('/'));
    loop {
        match (own.next(), asked.next()) {
            (None, None) => return true,
            (Some("**"), Some(part)) => return !part.is_empty(),
            (Some("*"), Some(part)) if !part.is_empty() => {}
            (Some(own), Some(asked)) if own == asked => {}
            _ => return false,
        }
    }
}
