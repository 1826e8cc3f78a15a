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
            // Each `<` begins a tag.
            '<' | '>' => {
                in_tag = c == '<';
                out.push(c);
            }
            '&' if !is_entity(rest) => out.push_str("&#038;"),
            _ if in_tag => out.push(c),
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
pub(super) fn with_entities(text: &str) -> String {
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
        return texturize(&without_comments(&with_classes(raw), |text| {
            text.starts_with(" wp:") || text.starts_with(" /wp:")
        }));
    }
    paragraphs(&texturize(raw))
}

/// The blocks to whose first element WordPress adds a class, when it renders them.
const CLASSES: [(&str, &[&str], &str); 3] = [
    ("paragraph", &["p"], "wp-block-paragraph"),
    ("heading", &["h1", "h2", "h3", "h4", "h5", "h6"], "wp-block-heading"),
    ("list", &["ul", "ol"], "wp-block-list"),
];

fn with_classes(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, block)) = rest.split_once("<!-- wp:") {
        out.extend([before, "<!-- wp:"]);
        rest = block;
        let name = block.split([' ', '\n']).next().unwrap_or_default();
        let Some((_, elements, class)) = CLASSES.iter().find(|(known, ..)| *known == name) else { continue };
        let Some((comment, html)) = block.split_once("-->") else { continue };
        let is_one = |element: &&&str| {
            let after = html.trim_start().strip_prefix('<').and_then(|html| html.strip_prefix(**element));
            after.is_some_and(|after| after.starts_with([' ', '>']))
        };
        let Some(element) = elements.iter().find(is_one) else { continue };
        let at = html.find('<').unwrap_or_default() + 1 + element.len();
        let (start, after) = html.split_at(at);
        out.extend([comment, "-->", start]);
        let attributes = after.split('>').next().unwrap_or_default();
        let value = attributes.split_once("class=\"").and_then(|(before, rest)| {
            let (value, _) = rest.split_once('"')?;
            Some((before, value))
        });
        if let Some((before, value)) = value {
            let has = value.split_whitespace().any(|own| own == *class);
            let all = if has { value.to_owned() } else { format!("{value} {class}") };
            out.extend([before, "class=\"", &all]);
            rest = &after[before.len() + "class=\"".len() + value.len()..];
        } else {
            out.extend([" class=\"", class, "\""]);
            rest = after;
        }
    }
    out + rest
}

/// `make_clickable`: addresses that a comment writes out become links.
pub(super) fn with_links(text: &str) -> String {
    let link = |word: &str| {
        let trimmed = word.trim_end();
        let url = trimmed.trim_end_matches(['.', ',', ';', ':', ')']);
        let is_url = url.starts_with("http://") || url.starts_with("https://");
        if !is_url || url.contains(['<', '>', '"', '\'']) {
            return word.to_owned();
        }
        let shown = url.replace('&', "&#038;");
        format!("<a href=\"{shown}\" rel=\"nofollow ugc\">{shown}</a>{}", &word[url.len()..])
    };
    text.split_inclusive(char::is_whitespace).map(link).collect()
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
    let text = without_tags(&without_comments(&texturize(content), |_| true));
    let all: Vec<&str> = text.split_whitespace().collect();
    let mut kept = all.iter().take(words).copied().collect::<Vec<_>>().join(" ");
    if all.len() > words {
        kept.push_str(" [&hellip;]");
    }
    paragraphs(&kept)
}

/// The HTML without these comments.
fn without_comments(html: &str, is_removed: fn(&str) -> bool) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, comment)) = rest.split_once("<!--") {
        let (text, after) = comment.split_once("-->").unwrap_or((comment, ""));
        out.push_str(before);
        if !is_removed(text) {
            out.extend(["<!--", text, "-->"]);
        }
        rest = after;
    }
    out + rest
}
