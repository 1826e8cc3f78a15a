//! Text as WordPress renders it: enough of `wptexturize` and `wpautop` for tests.

use crate::state::text::without_tags;

/// `wptexturize` for the text between tags: curly quotes, dashes, and single ampersands as entities.
pub(crate) fn texturize(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_tag = false;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let rest = &text[at..];
        let opens = before.is_whitespace() || matches!(before, '(' | '[' | '>' | '-');
        match c {
            '<' if rest.chars().nth(1).is_some_and(|next| next == '/' || next.is_alphabetic()) => {
                in_tag = true;
                out.push(c);
            }
            '>' if in_tag => {
                in_tag = false;
                out.push(c);
            }
            _ if in_tag => out.push(c),
            '&' if is_entity(rest) => out.push('&'),
            '&' => out.push_str("&#038;"),
            '"' if opens => out.push_str("&#8220;"),
            '"' => out.push_str("&#8221;"),
            '\'' if opens => out.push_str("&#8216;"),
            '\'' => out.push_str("&#8217;"),
            c => out.push(c),
        }
        before = c;
    }
    out.replace("...", "&#8230;").replace(" -- ", " &#8212; ").replace(" - ", " &#8211; ")
}

/// `wp_kses_normalize_entities`: what WordPress saves for users who may not write all HTML.
pub(crate) fn with_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        out.push(c);
        if c == '&' && !is_entity(&text[at..]) {
            out.push_str("amp;");
        }
    }
    out
}

/// `&amp;`, `&#8217;`, `&#x27;`.
fn is_entity(text: &str) -> bool {
    let Some((name, _)) = text[1..].split_once(';') else { return false };
    let digits = name.strip_prefix('#').unwrap_or(name);
    (1..=10).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether the text was written in the block editor.
pub(crate) fn has_blocks(content: &str) -> bool {
    content.contains("<!-- wp:")
}

/// The content of a post as HTML.
pub(crate) fn content(raw: &str) -> String {
    if has_blocks(raw) {
        let html = without_comments(
            &raw.replace("<!-- wp:paragraph --><p>", "<!-- wp:paragraph --><p class=\"wp-block-paragraph\">"),
        );
        return texturize(html.trim_end_matches('\n'));
    }
    paragraphs(&texturize(raw))
}

/// `wpautop`: blank lines separate paragraphs, other line ends become `<br>`.
pub(crate) fn paragraphs(text: &str) -> String {
    const BLOCKS: [&str; 9] = ["<p", "<div", "<h", "<ul", "<ol", "<table", "<pre", "<blockquote", "<figure"];
    let text = text.replace("\r\n", "\n");
    text.split("\n\n")
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            if BLOCKS.iter().any(|block| part.starts_with(block)) {
                format!("{part}\n")
            } else {
                format!("<p>{}</p>\n", part.replace('\n', "<br />\n"))
            }
        })
        .collect()
}

/// The excerpt: the manual one, or the first words of the content.
pub(crate) fn excerpt(own: &str, content: &str, words: usize) -> String {
    if !own.is_empty() {
        return paragraphs(&texturize(own));
    }
    let text = without_tags(&without_comments(&texturize(content)));
    let all: Vec<&str> = text.split_whitespace().collect();
    let mut kept = all.iter().take(words).copied().collect::<Vec<_>>().join(" ");
    if all.len() > words {
        kept.push_str(" [&hellip;]");
    }
    paragraphs(&kept)
}

fn without_comments(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, comment)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    out + rest
}
