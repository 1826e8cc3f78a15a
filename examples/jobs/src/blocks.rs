//! Markdown as the blocks of WordPress's editor.

use pulldown_cmark::{Alignment, CodeBlockKind, Event, Options, Parser, Tag, TagEnd, html};

/// An image of the media library.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its id, if it is in the library of the site.
    pub id: Option<u64>,
    /// Where it is.
    pub url: String,
}

fn events(markdown: &str) -> Vec<Event<'_>> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    Parser::new_ext(markdown, options).collect()
}

/// The addresses of all images, in their order.
pub fn images(markdown: &str) -> Vec<String> {
    let image = |event: Event<'_>| match event {
        Event::Start(Tag::Image { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    };
    events(markdown).into_iter().filter_map(image).collect()
}

/// The content of a post: each part of the Markdown is a block as the editor writes it, so that it can be edited there.
/// `image` says where an image is, by its address in the Markdown.
///
/// HTML stays as it is. A block that is written out (`<!-- wp:… -->`) stays the block that it is.
pub fn to_blocks(markdown: &str, image: &dyn Fn(&str) -> Option<Image>) -> String {
    let mut writer = Writer { out: String::new(), image, open: 0 };
    writer.blocks(&events(markdown));
    writer.out
}

struct Writer<'i> {
    out: String,
    image: &'i dyn Fn(&str) -> Option<Image>,
    /// How many blocks that are written out are open.
    open: usize,
}

/// How many blocks this HTML opens. `<!-- wp:name /-->` is whole.
fn opened(html: &str) -> usize {
    let comments = html.split("<!-- wp:").skip(1);
    comments.filter(|rest| rest.split("-->").next().is_some_and(|comment| !comment.ends_with('/'))).count()
}

impl Writer<'_> {
    /// Writes the blocks of a document, of a quote or of an item of a list.
    fn blocks(&mut self, events: &[Event<'_>]) {
        let mut at = 0;
        while at < events.len() {
            let end = end_of(events, at);
            let is_html = matches!(&events[at], Event::Start(Tag::HtmlBlock));
            if self.open > 0 && is_html {
                self.out.push('\n');
            } else if !self.out.is_empty() && !self.out.ends_with("\n\n") {
                self.out.push_str("\n\n");
            }
            let inner = events.get(at + 1..end - 1).unwrap_or_default();
            match &events[at] {
                Event::Start(tag) => self.block(tag, inner),
                Event::Rule => self.wrap(
                    "separator",
                    "",
                    r#"<hr class="wp-block-separator has-alpha-channel-opacity"/>"#,
                ),
                _ => {
                    let text = self.inline(&events[at..end]);
                    self.wrap("paragraph", "", &format!("<p>{text}</p>"));
                }
            }
            at = end;
        }
    }

    fn block(&mut self, tag: &Tag<'_>, inner: &[Event<'_>]) {
        match tag {
            Tag::Paragraph => match inner {
                [Event::Start(Tag::Image { dest_url, title, .. }), text @ .., Event::End(TagEnd::Image)] => {
                    self.picture(dest_url, title, text);
                }
                _ => {
                    let text = self.inline(inner);
                    self.wrap("paragraph", "", &format!("<p>{text}</p>"));
                }
            },
            Tag::Heading { level, .. } => {
                let (level, text) = (*level as usize, self.inline(inner));
                let attributes = if level == 2 { String::new() } else { format!(r#"{{"level":{level}}}"#) };
                self.wrap(
                    "heading",
                    &attributes,
                    &format!(r#"<h{level} class="wp-block-heading">{text}</h{level}>"#),
                );
            }
            Tag::List(first) => {
                let list = self.list(*first, inner);
                self.out.push_str(&list);
            }
            Tag::BlockQuote(_) => {
                let inner = self.nested(inner);
                self.wrap(
                    "quote",
                    "",
                    &format!(r#"<blockquote class="wp-block-quote">{inner}</blockquote>"#),
                );
            }
            Tag::CodeBlock(kind) => {
                let text: String = inner.iter().filter_map(text_of).collect();
                // The editor does the same, so that WordPress runs no shortcode.
                let text = escape(text.trim_end_matches('\n')).replace('[', "&#91;");
                let language = match kind {
                    CodeBlockKind::Fenced(language) if !language.is_empty() => {
                        let word = language.split_whitespace().next().unwrap_or_default();
                        format!(r#" class="language-{}""#, escape(word))
                    }
                    _ => String::new(),
                };
                let html = format!(r#"<pre class="wp-block-code"><code{language}>{text}</code></pre>"#);
                self.wrap("code", "", &html);
            }
            Tag::HtmlBlock => {
                let html: String = inner.iter().filter_map(text_of).collect();
                let is_written = self.open > 0 || html.trim_start().starts_with("<!-- wp:");
                if is_written {
                    self.open = (self.open + opened(&html)).saturating_sub(html.matches("<!-- /wp:").count());
                    self.out.push_str(html.trim_end());
                } else {
                    self.wrap("html", "", html.trim_end());
                }
            }
            Tag::Table(alignments) => {
                let table = self.table(alignments, inner);
                self.wrap("table", "", &format!(r#"<figure class="wp-block-table">{table}</figure>"#));
            }
            _ => {
                let text = self.inline(inner);
                self.wrap("paragraph", "", &format!("<p>{text}</p>"));
            }
        }
    }

    fn list(&self, first: Option<u64>, items: &[Event<'_>]) -> String {
        let (name, attributes) = match first {
            None => ("ul", String::new()),
            Some(1) => ("ol", r#" {"ordered":true}"#.to_owned()),
            Some(first) => ("ol", format!(r#" {{"ordered":true,"start":{first}}}"#)),
        };
        let start = first.filter(|first| *first != 1).map(|first| format!(r#" start="{first}""#));
        let mut out = format!(
            "<!-- wp:list{attributes} -->\n<{name}{} class=\"wp-block-list\">",
            start.unwrap_or_default()
        );
        let mut at = 0;
        while at < items.len() {
            let end = end_of(items, at);
            if at > 0 {
                out.push_str("\n\n");
            }
            let item = self.item(items.get(at + 1..end - 1).unwrap_or_default());
            out.push_str(&format!("<!-- wp:list-item -->\n<li>{item}</li>\n<!-- /wp:list-item -->"));
            at = end;
        }
        out.push_str(&format!("</{name}>\n<!-- /wp:list -->"));
        out
    }

    /// The editor has text and lists in an item of a list, and no paragraphs.
    fn item(&self, events: &[Event<'_>]) -> String {
        let (mut out, mut at) = (String::new(), 0);
        while at < events.len() {
            let end = end_of(events, at);
            let inner = events.get(at + 1..end - 1).unwrap_or_default();
            match &events[at] {
                Event::Start(Tag::List(first)) => out.push_str(&self.list(*first, inner)),
                Event::Start(Tag::Paragraph) => {
                    if !out.is_empty() {
                        out.push_str("<br><br>");
                    }
                    out.push_str(&self.inline(inner));
                }
                Event::Start(Tag::CodeBlock(_)) => {
                    let text: String = inner.iter().filter_map(text_of).collect();
                    out.push_str(&format!(
                        "<br><code>{}</code>",
                        escape(text.trim_end()).replace('[', "&#91;")
                    ));
                }
                _ => out.push_str(&self.inline(&events[at..end])),
            }
            at = end;
        }
        out
    }

    /// An image that is a paragraph of its own.
    fn picture(&mut self, address: &str, title: &str, text: &[Event<'_>]) {
        let alt: String = text.iter().filter_map(text_of).collect();
        let image = (self.image)(address);
        let url = image.as_ref().map_or(address, |image| &image.url);
        let (attributes, class) = match image.as_ref().and_then(|image| image.id) {
            Some(id) => (
                format!(r#"{{"id":{id},"sizeSlug":"full","linkDestination":"none"}}"#),
                format!(r#" class="wp-image-{id}""#),
            ),
            None => (String::new(), String::new()),
        };
        let size = if class.is_empty() { "" } else { " size-full" };
        let caption = match title {
            "" => String::new(),
            title => format!(r#"<figcaption class="wp-element-caption">{}</figcaption>"#, escape(title)),
        };
        let img = format!(r#"<img src="{}" alt="{}"{class}/>"#, escape(url), escape(&alt));
        let html = format!(r#"<figure class="wp-block-image{size}">{img}{caption}</figure>"#);
        self.wrap("image", &attributes, &html);
    }

    fn table(&self, alignments: &[Alignment], events: &[Event<'_>]) -> String {
        let (mut out, mut at) = ("<table>".to_owned(), 0);
        let mut has_body = false;
        while at < events.len() {
            let end = end_of(events, at);
            let cells = self.cells(alignments, events.get(at + 1..end - 1).unwrap_or_default(), &events[at]);
            if matches!(events[at], Event::Start(Tag::TableHead)) {
                out.push_str(&format!("<thead><tr>{cells}</tr></thead>"));
            } else {
                if !has_body {
                    out.push_str("<tbody>");
                }
                has_body = true;
                out.push_str(&format!("<tr>{cells}</tr>"));
            }
            at = end;
        }
        if has_body {
            out.push_str("</tbody>");
        }
        out + "</table>"
    }

    fn cells(&self, alignments: &[Alignment], events: &[Event<'_>], row: &Event<'_>) -> String {
        let name = if matches!(row, Event::Start(Tag::TableHead)) { "th" } else { "td" };
        let (mut out, mut at, mut column) = (String::new(), 0, 0);
        while at < events.len() {
            let end = end_of(events, at);
            let side = match alignments.get(column) {
                Some(Alignment::Left) => Some("left"),
                Some(Alignment::Center) => Some("center"),
                Some(Alignment::Right) => Some("right"),
                _ => None,
            };
            let side = side.map(|side| format!(r#" class="has-text-align-{side}" data-align="{side}""#));
            let text = self.inline(events.get(at + 1..end - 1).unwrap_or_default());
            out.push_str(&format!("<{name}{}>{text}</{name}>", side.unwrap_or_default()));
            at = end;
            column += 1;
        }
        out
    }

    /// Text with its marks as HTML.
    fn inline(&self, events: &[Event<'_>]) -> String {
        let moved = events.iter().map(|event| match event {
            Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
                let url = (self.image)(dest_url).map_or_else(|| dest_url.clone(), |image| image.url.into());
                let (link_type, title, id) = (*link_type, title.clone(), id.clone());
                Event::Start(Tag::Image { link_type, dest_url: url, title, id })
            }
            // The editor shows a line break of the source as a blank.
            Event::SoftBreak => Event::Text(" ".into()),
            other => other.clone(),
        });
        let mut out = String::new();
        html::push_html(&mut out, moved);
        out.trim().to_owned()
    }

    /// The blocks within a block.
    fn nested(&self, events: &[Event<'_>]) -> String {
        let mut writer = Writer { out: String::new(), image: self.image, open: 0 };
        writer.blocks(events);
        writer.out
    }

    fn wrap(&mut self, name: &str, attributes: &str, html: &str) {
        let attributes = if attributes.is_empty() { String::new() } else { format!(" {attributes}") };
        self.out.push_str(&format!("<!-- wp:{name}{attributes} -->\n{html}\n<!-- /wp:{name} -->"));
    }
}

/// The place after the event at `at`, or after the end of what it starts. A run of text is one.
fn end_of(events: &[Event<'_>], at: usize) -> usize {
    let is_block = |event: &Event<'_>| match event {
        Event::Start(tag) => !is_inline(tag),
        Event::Rule => true,
        _ => false,
    };
    if !is_block(&events[at]) {
        return events[at..].iter().position(is_block).map_or(events.len(), |length| at + length);
    }
    let mut depth = 0usize;
    for (length, event) in events[at..].iter().enumerate() {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + length + 1;
        }
    }
    events.len()
}

fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. })
}

fn text_of<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    match event {
        Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => Some(text),
        Event::SoftBreak | Event::HardBreak => Some(" "),
        _ => None,
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(markdown: &str) -> String {
        to_blocks(markdown, &|address| {
            (address == "dune.jpg").then(|| Image { id: Some(7), url: "https://x/dune.jpg".to_owned() })
        })
    }

    #[test]
    fn each_part_is_a_block() {
        for (markdown, expected) in [
            (
                "Hi *you* & <b>me</b>\nhere",
                "<!-- wp:paragraph -->\n<p>Hi <em>you</em> &amp; <b>me</b> here</p>\n<!-- /wp:paragraph -->",
            ),
            ("## Two", "<!-- wp:heading -->\n<h2 class=\"wp-block-heading\">Two</h2>\n<!-- /wp:heading -->"),
            (
                "### Three",
                "<!-- wp:heading {\"level\":3} -->\n<h3 class=\"wp-block-heading\">Three</h3>\n<!-- /wp:heading -->",
            ),
            (
                "---",
                "<!-- wp:separator -->\n<hr class=\"wp-block-separator has-alpha-channel-opacity\"/>\n<!-- /wp:separator -->",
            ),
            (
                "```rust\nlet a = [1] < 2;\n```",
                "<!-- wp:code -->\n<pre class=\"wp-block-code\"><code class=\"language-rust\">let a = &#91;1] &lt; 2;</code></pre>\n<!-- /wp:code -->",
            ),
            (
                "![A \"dune\"](dune.jpg)",
                "<!-- wp:image {\"id\":7,\"sizeSlug\":\"full\",\"linkDestination\":\"none\"} -->\n<figure class=\"wp-block-image size-full\"><img src=\"https://x/dune.jpg\" alt=\"A &quot;dune&quot;\" class=\"wp-image-7\"/></figure>\n<!-- /wp:image -->",
            ),
            (
                "see ![x](dune.jpg)",
                "<!-- wp:paragraph -->\n<p>see <img src=\"https://x/dune.jpg\" alt=\"x\" /></p>\n<!-- /wp:paragraph -->",
            ),
            (
                "> a\n>\n> b",
                "<!-- wp:quote -->\n<blockquote class=\"wp-block-quote\"><!-- wp:paragraph -->\n<p>a</p>\n<!-- /wp:paragraph -->\n\n<!-- wp:paragraph -->\n<p>b</p>\n<!-- /wp:paragraph --></blockquote>\n<!-- /wp:quote -->",
            ),
            (
                "- a\n  1. b\n- *c*",
                "<!-- wp:list -->\n<ul class=\"wp-block-list\"><!-- wp:list-item -->\n<li>a<!-- wp:list {\"ordered\":true} -->\n<ol class=\"wp-block-list\"><!-- wp:list-item -->\n<li>b</li>\n<!-- /wp:list-item --></ol>\n<!-- /wp:list --></li>\n<!-- /wp:list-item -->\n\n<!-- wp:list-item -->\n<li><em>c</em></li>\n<!-- /wp:list-item --></ul>\n<!-- /wp:list -->",
            ),
            ("<div>x</div>", "<!-- wp:html -->\n<div>x</div>\n<!-- /wp:html -->"),
            (
                "<!-- wp:more -->\n<!--more-->\n<!-- /wp:more -->",
                "<!-- wp:more -->\n<!--more-->\n<!-- /wp:more -->",
            ),
            (
                "a | b\n--- | ---:\n1 | 2",
                "<!-- wp:table -->\n<figure class=\"wp-block-table\"><table><thead><tr><th>a</th><th class=\"has-text-align-right\" data-align=\"right\">b</th></tr></thead><tbody><tr><td>1</td><td class=\"has-text-align-right\" data-align=\"right\">2</td></tr></tbody></table></figure>\n<!-- /wp:table -->",
            ),
        ] {
            assert_eq!(blocks(markdown), expected, "{markdown}");
        }
        assert_eq!(blocks("a\n\nb").matches("wp:paragraph").count(), 4);
        assert_eq!(blocks(""), "");
    }

    #[test]
    fn images_are_found_everywhere() {
        assert_eq!(
            images("![a](a.png)\n\n> text ![b](dir/b.png)\n\n- ![c](https://x/c.png)"),
            ["a.png", "dir/b.png", "https://x/c.png"]
        );
    }
}
