//! The themes of the site.

use super::{FlagOr, Format, GlobalStylesId, StringList, TemplateArea, Written};
use crate::Name;

open_enum! {
    /// Whether a theme is the one that the site uses.
    ThemeStatus {
        /// Installed, and not active.
        Inactive = "inactive",
        /// The site uses it.
        Active = "active",
    }
}

model! {
    /// A theme that is installed. Its fields are the same in each context.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Theme {
        [key]
        /// The directory: `twentytwentyfive`.
        stylesheet: Name<Theme>,
        /// The directory of the parent of a child theme; its own otherwise.
        template: Name<Theme>,
        /// Whether the site uses it.
        status: ThemeStatus,
        /// The name.
        name: Written,
        /// The description.
        description: Written,
        /// The author.
        author: Written,
        /// The URL of the author's website.
        author_uri: Written,
        /// The URL of its website.
        theme_uri: Written,
        /// The tags of its style.
        tags: ThemeTags,
        /// The version.
        version: String,
        /// The lowest version of WordPress that it needs; empty if it does not say.
        requires_wp: String,
        /// The lowest version of PHP that it needs; empty if it does not say.
        requires_php: String,
        /// The URL of its screenshot; empty if it has none.
        screenshot: String,
        /// The domain of its translations.
        textdomain: String,
        /// Whether it consists of blocks. Since WordPress 6.2 or earlier.
        is_block_theme: bool,
        /// The features that the theme supports. Only for the active theme.
        theme_supports: Option<ThemeSupports>,
        /// The URL of its directory. Since WordPress 6.8.
        stylesheet_uri: String,
        /// The URL of the directory of its parent, or its own. Since WordPress 6.8.
        template_uri: String,
        /// The types of templates that WordPress knows. Since WordPress 6.8, for the active theme.
        default_template_types: Vec<TemplateType>,
        /// The areas of template parts that WordPress knows. Since WordPress 6.8, for the active theme.
        default_template_part_areas: Vec<TemplatePartArea>,
        /// Links to other resources.
        links as "_links": ThemeLinks,
    }
}

impl Theme {
    /// The id of the user's global styles. `None` for a theme that is not active, or for a user who may not edit it.
    pub fn global_styles(&self) -> Option<GlobalStylesId> {
        let (_, id) = self.links.user_global_styles.first()?.href.rsplit_once('/')?;
        GlobalStylesId::new(id.parse().ok()?)
    }
}

model! {
    /// The tags of a theme.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct ThemeTags {
        /// Each tag: `full-site-editing`.
        raw: StringList,
        /// All tags as a text.
        rendered: String,
    }
}

model! {
    /// The links of a theme.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct ThemeLinks {
        /// The user's global styles. Only for the active theme.
        user_global_styles as "wp:user-global-styles": Vec<Link>,
    }
}

model! {
    /// A link to another resource.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct Link {
        /// The URL.
        href: String,
    }
}

model! {
    /// A type of templates that WordPress knows.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct TemplateType {
        /// The slug of such a template: `front-page`.
        slug: String,
        /// The name that people read.
        title: String,
        /// The description: its purpose.
        description: String,
    }
}

model! {
    /// An area of template parts.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct TemplatePartArea {
        /// The area, as template parts have it.
        area: TemplateArea,
        /// The HTML element around the area: `header`.
        area_tag: String,
        /// The name that people read.
        label: String,
        /// The description: its purpose.
        description: String,
        /// The name of an icon.
        icon: String,
    }
}

model! {
    /// The features that a theme supports. A feature that the theme does not name is off.
    #[derive(Debug, Clone, PartialEq, Default)]
    pub struct ThemeSupports {
        /// Wide and full alignment of blocks.
        align_wide as "align-wide": bool,
        /// Links to feeds in the head of pages.
        automatic_feed_links as "automatic-feed-links": bool,
        /// Template parts made of blocks.
        block_template_parts as "block-template-parts": bool,
        /// Templates made of blocks.
        block_templates as "block-templates": bool,
        /// A background that the user chooses.
        custom_background as "custom-background": FlagOr<CustomBackground>,
        /// A header image that the user chooses.
        custom_header as "custom-header": FlagOr<CustomHeader>,
        /// A logo that the user chooses.
        custom_logo as "custom-logo": FlagOr<CustomLogo>,
        /// Widgets that the customizer refreshes one by one.
        selective_refresh_widgets as "customize-selective-refresh-widgets": bool,
        /// A dark style of the editor.
        dark_editor_style as "dark-editor-style": bool,
        /// Whether colors that are not of the palette are off.
        disable_custom_colors as "disable-custom-colors": bool,
        /// Whether font sizes that are not of the theme are off.
        disable_custom_font_sizes as "disable-custom-font-sizes": bool,
        /// Whether gradients that are not of the theme are off.
        disable_custom_gradients as "disable-custom-gradients": bool,
        /// Whether the styles of layouts are off.
        disable_layout_styles as "disable-layout-styles": bool,
        /// The colors of the theme.
        editor_color_palette as "editor-color-palette": FlagOr<Vec<PaletteColor>>,
        /// The font sizes of the theme.
        editor_font_sizes as "editor-font-sizes": FlagOr<Vec<FontSize>>,
        /// The gradients of the theme.
        editor_gradient_presets as "editor-gradient-presets": FlagOr<Vec<Gradient>>,
        /// The sizes of spaces of the theme. Since WordPress 6.8.
        editor_spacing_sizes as "editor-spacing-sizes": FlagOr<Vec<SpacingSize>>,
        /// Styles of the theme in the editor.
        editor_styles as "editor-styles": bool,
        /// The formats of posts.
        formats: Vec<Format>,
        /// The places where HTML5 is written: `comment-form`.
        html5: FlagOr<Vec<String>>,
        /// The post types that have featured images, or all of them.
        post_thumbnails as "post-thumbnails": FlagOr<Vec<String>>,
        /// Embedded content that adapts its size.
        responsive_embeds as "responsive-embeds": bool,
        /// Whether WordPress writes the title of pages.
        title_tag as "title-tag": bool,
        /// Styles of WordPress's own for blocks.
        wp_block_styles as "wp-block-styles": bool,
    }
}

model! {
    /// The defaults of a background.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct CustomBackground {
        /// The URL of the image.
        image as "default-image": String,
        /// `default`, `fill`, `fit`, `repeat` or `custom`.
        preset as "default-preset": String,
        /// `left`, `center` or `right`.
        position_x as "default-position-x": String,
        /// `top`, `center` or `bottom`.
        position_y as "default-position-y": String,
        /// `auto`, `contain` or `cover`.
        size as "default-size": String,
        /// `repeat-x`, `repeat-y`, `repeat` or `no-repeat`.
        repeat as "default-repeat": String,
        /// `scroll` or `fixed`.
        attachment as "default-attachment": String,
        /// The color.
        color as "default-color": String,
    }
}

model! {
    /// The options of a header image.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct CustomHeader {
        /// The URL of the image.
        image as "default-image": String,
        /// Whether a random one of the theme's images is shown.
        random_default as "random-default": bool,
        /// The width in pixels.
        width: u32,
        /// The height in pixels.
        height: u32,
        /// Whether the height is free.
        flex_height as "flex-height": bool,
        /// Whether the width is free.
        flex_width as "flex-width": bool,
        /// The color of the text.
        text_color as "default-text-color": String,
        /// Whether the text of the header may be shown.
        header_text as "header-text": bool,
        /// Whether the user may upload an image.
        uploads: bool,
        /// Whether the header may be a video.
        video: bool,
    }
}

model! {
    /// The options of a logo.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct CustomLogo {
        /// The width in pixels.
        width: Option<u32>,
        /// The height in pixels.
        height: Option<u32>,
        /// Whether the width is free.
        flex_width as "flex-width": bool,
        /// Whether the height is free.
        flex_height as "flex-height": bool,
        /// CSS classes of the texts that the logo replaces.
        header_text as "header-text": Vec<String>,
        /// Whether the logo on the front page is not a link.
        unlink_homepage_logo as "unlink-homepage-logo": bool,
    }
}

model! {
    /// A color of a theme.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct PaletteColor {
        /// The name that people read.
        name: String,
        /// The name in CSS classes.
        slug: String,
        /// The color, as in CSS.
        color: String,
    }
}

model! {
    /// A font size of a theme.
    #[derive(Debug, Clone, PartialEq, Default)]
    pub struct FontSize {
        /// The name that people read.
        name: String,
        /// The name in CSS classes.
        slug: String,
        /// The size in pixels.
        size: Option<f64>,
    }
}

model! {
    /// A gradient of a theme.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct Gradient {
        /// The name that people read.
        name: String,
        /// The name in CSS classes.
        slug: String,
        /// The gradient, as in CSS.
        gradient: String,
    }
}

model! {
    /// A size of spaces of a theme.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct SpacingSize {
        /// The name that people read.
        name: String,
        /// The name in CSS classes.
        slug: String,
        /// The size, as in CSS.
        size: String,
    }
}

resource! { Theme: Name<Self> = stylesheet, edit Self, at "/wp/v2/themes"; listed by None; has Get }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::strictly;

    #[test]
    fn a_theme_is_read() {
        // As WordPress 7.1 wrote it, in each context the same.
        let theme: Theme = strictly(
            r#"{"stylesheet":"twentytwentyfour","template":"twentytwentyfour","requires_php":"7.0","requires_wp":"6.4",
                "textdomain":"twentytwentyfour","version":"1.1","screenshot":"","author":{"raw":"the team",
                "rendered":"<a href=\"https://wordpress.org\">the team</a>"},"author_uri":{"raw":"https://wordpress.org",
                "rendered":"https://wordpress.org"},"tags":{"raw":["one-column"],"rendered":"one-column"},
                "name":{"raw":"Twenty Twenty-Four","rendered":"Twenty Twenty-Four"},"status":"active",
                "theme_supports":{"align-wide":false,"automatic-feed-links":true,"custom-logo":false,
                "html5":["comment-form"],"formats":["standard"],"post-thumbnails":true},"is_block_theme":true,
                "default_template_types":[{"title":"Index","description":"The fallback.","slug":"index"}],
                "default_template_part_areas":[{"area":"header","label":"Header","description":"","icon":"header",
                "area_tag":"header"}],
                "_links":{"wp:user-global-styles":[{"href":"http://e.org/wp-json/wp/v2/global-styles/324"}]}}"#,
        );
        assert_eq!(theme.global_styles(), GlobalStylesId::new(324));
        assert!(theme.status == ThemeStatus::Active && theme.name.raw == "Twenty Twenty-Four");
        assert!(theme.tags.raw.contains("one-column") && theme.default_template_types[0].slug == "index");
        assert_eq!(theme.default_template_part_areas[0].area, TemplateArea::Header);
        let supports = theme.theme_supports.unwrap();
        assert_eq!(supports.formats, [Format::Standard]);
        assert_eq!(supports.html5.value().map(Vec::len), Some(1));
        assert_eq!((supports.post_thumbnails.is_on(), supports.custom_logo.is_on()), (true, false));
    }

    #[test]
    fn what_a_theme_supports_may_have_options() {
        let supports: ThemeSupports = strictly(
            r##"{"custom-logo":{"width":300,"height":100,"flex-width":true,"flex-height":true,"header-text":[],
                "unlink-homepage-logo":true},"editor-font-sizes":[{"name":"Small","size":19.5,"slug":"small"}],
                "editor-color-palette":[{"name":"Black","slug":"black","color":"#000"}],"post-thumbnails":["post"]}"##,
        );
        assert_eq!(supports.custom_logo.value().and_then(|logo| logo.width), Some(300));
        assert_eq!(supports.editor_font_sizes.value().unwrap()[0].size, Some(19.5));
        assert_eq!(supports.editor_color_palette.value().unwrap()[0].color, "#000");
        assert_eq!(supports.post_thumbnails, FlagOr::Value(vec!["post".to_owned()]));
    }
}
