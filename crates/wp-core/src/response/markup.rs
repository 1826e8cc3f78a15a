//! The markup around JSON: tags, comments, scripts and whole pages.

/// The markup that begins at a `<`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    /// Markup of this many bytes that holds no text: a comment, a script, a tag without content.
    Skipped(usize),
    /// A tag of this many bytes that begins a new line.
    Break(usize),
    /// The opening tag of an element, of this many bytes.
    Opens(Element, usize),
    /// The closing tag of an element, of this many bytes.
    Closes(Element, usize),
    /// A page, of this many bytes.
    Page(usize),
    /// Markup that does not end; it includes all text that follows.
    Endless,
    /// Source code or XML.
    Source,
}

/// An element that has content, as an index into [`ELEMENTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element(usize);

/// The elements that need no closing tag, then the block elements, then the inline elements.
const ELEMENTS: &[&str] = &[
    "p",
    "li",
    "td",
    "th",
    "tr",
    "dd",
    "dt",
    "option",
    "tbody",
    "thead", // end of the elements that need no closing tag
    "article",
    "aside",
    "blockquote",
    "center",
    "details",
    "dialog",
    "div",
    "dl",
    "fieldset",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "main",
    "nav",
    "ol",
    "pre",
    "section",
    "table",
    "ul", // end of the block elements
    "a",
    "abbr",
    "b",
    "big",
    "button",
    "cite",
    "code",
    "del",
    "em",
    "font",
    "i",
    "kbd",
    "label",
    "legend",
    "mark",
    "q",
    "s",
    "samp",
    "select",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "tfoot",
    "tt",
    "u",
    "var",
    "html",
    "head",
    "body",
];
const OPTIONAL: usize = 10;
const BLOCKS: usize = OPTIONAL + 26;

/// Elements without content.
const VOID: &[&str] = &["br", "hr", "img", "input", "link", "meta", "wbr", "base", "col", "embed", "source"];

/// Elements whose content is not text.
const RAW: &[&str] =
    &["script", "style", "textarea", "template", "noscript", "iframe", "title", "svg", "xmp"];

impl Element {
    fn of(name: &str) -> Option<Self> {
        ELEMENTS.iter().position(|element| element.eq_ignore_ascii_case(name)).map(Self)
    }

    fn is_optional(self) -> bool {
        self.0 < OPTIONAL
    }

    /// Whether it is a block element.
    pub(super) fn is_block(self) -> bool {
        self.0 < BLOCKS
    }
}

/// The markup at the beginning of `text`, which starts with `<`. `None` if the `<` is text.
pub(super) fn at(text: &[u8]) -> Option<Markup> {
    let inside = text.get(1..)?;
    if inside.starts_with(b"?") {
        return Some(Markup::Source);
    }
    if inside.starts_with(b"!--") {
        return Some(behind(text, b"-->").map_or(Markup::Endless, Markup::Skipped));
    }
    let (name, closes) = match inside.strip_prefix(b"/") {
        Some(name) => (name, true),
        None => (inside, false),
    };
    let length =
        name.iter().take_while(|&&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'!')).count();
    let name = std::str::from_utf8(&name[..length]).ok().filter(|name| name.len() < 64)?;
    let is = |names: &[&str]| names.iter().any(|other| other.eq_ignore_ascii_case(name));
    if !closes && is(&["!doctype", "html", "head", "body"]) {
        return Some(behind(text, b"</html>").map_or(Markup::Endless, Markup::Page));
    }
    if !closes && is(RAW) {
        let end = behind(text, format!("</{name}").as_bytes());
        let tag = end.and_then(|end| Some(end + behind(&text[end..], b">")?));
        return Some(tag.map_or(Markup::Endless, Markup::Skipped));
    }
    let element = Element::of(name);
    // Any name with a hyphen may be that of a custom element.
    let is_other = is(VOID)
        || is(RAW)
        || name.starts_with('!')
        || (name.contains('-') && name.starts_with(|c: char| c.is_ascii_alphabetic()));
    if element.is_none() && !is_other {
        return None;
    }
    let Some(end) = tag(text) else { return Some(Markup::Endless) };
    Some(match element {
        Some(element) if closes => Markup::Closes(element, end),
        // A self-closing tag, as in XHTML.
        Some(_) if text[..end].ends_with(b"/>") => Markup::Skipped(end),
        Some(element) => Markup::Opens(element, end),
        None if is(&["br", "hr"]) => Markup::Break(end),
        None => Markup::Skipped(end),
    })
}

/// The length of a tag. Its attributes may hold any character in quotes.
fn tag(text: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (at, &byte) in text.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if byte == open => quote = None,
            _ => {}
        }
    }
    None
}

/// The number of bytes up to and including `end`, ignoring case.
fn behind(text: &[u8], end: &[u8]) -> Option<usize> {
    let at = text.windows(end.len()).position(|window| window.eq_ignore_ascii_case(end));
    at.map(|at| at + end.len())
}

/// The elements that are open.
#[derive(Debug)]
pub(super) struct Open {
    counts: [u32; ELEMENTS.len()],
    /// The number of open elements that need a closing tag.
    within: u32,
}

impl Open {
    pub(super) fn new() -> Self {
        Self { counts: [0; ELEMENTS.len()], within: 0 }
    }

    /// Whether the current place is outside every element that needs a closing tag.
    pub(super) fn is_outside(&self) -> bool {
        self.within == 0
    }

    pub(super) fn opens(&mut self, element: Element) {
        self.counts[element.0] += 1;
        self.within += u32::from(!element.is_optional());
    }

    /// Closes an element, and returns whether it was open.
    pub(super) fn closes(&mut self, element: Element) -> bool {
        let was_open = self.counts[element.0] > 0;
        if was_open {
            self.counts[element.0] -= 1;
            self.within -= u32::from(!element.is_optional());
        }
        was_open
    }
}
