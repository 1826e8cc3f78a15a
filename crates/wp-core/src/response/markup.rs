//! The markup that stands around JSON: tags, comments, scripts and whole pages.

/// What begins at a `<`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    /// So many bytes of which none is text: a comment, a script, a tag without content.
    Skipped(usize),
    /// A tag that begins a new line, of that many bytes.
    Break(usize),
    /// The tag that opens an element, of that many bytes.
    Opens(Element, usize),
    /// The tag that closes one.
    Closes(Element, usize),
    /// A page, up to its end.
    Page(usize),
    /// Something that does not end, and all that follows with it.
    Endless,
    /// Source code, XML.
    Source,
}

/// An element that has content, by its place in [`ELEMENTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element(usize);

/// Those that need not be closed, those that stand on lines of their own, and those that stand in a line.
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
    "thead", // need not be closed
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
    "ul", // on lines
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

/// Without content.
const VOID: &[&str] = &["br", "hr", "img", "input", "link", "meta", "wbr", "base", "col", "embed", "source"];

/// What they hold is no text around them.
const RAW: &[&str] =
    &["script", "style", "textarea", "template", "noscript", "iframe", "title", "svg", "xmp"];

impl Element {
    fn of(name: &str) -> Option<Self> {
        ELEMENTS.iter().position(|element| element.eq_ignore_ascii_case(name)).map(Self)
    }

    fn is_optional(self) -> bool {
        self.0 < OPTIONAL
    }

    /// Whether it stands on lines of its own.
    pub(super) fn is_block(self) -> bool {
        self.0 < BLOCKS
    }
}

/// The markup at the beginning of `text`, which is a `<`. `None` for one that is text.
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
    // Any name with a hyphen may be that of an element.
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
        // Closes itself, as XHTML has it.
        Some(_) if text[..end].ends_with(b"/>") => Markup::Skipped(end),
        Some(element) => Markup::Opens(element, end),
        None if is(&["br", "hr"]) => Markup::Break(end),
        None => Markup::Skipped(end),
    })
}

/// The bytes of a tag, whose attributes may hold anything in quotes.
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

/// How far it is to behind `end`, in any case.
fn behind(text: &[u8], end: &[u8]) -> Option<usize> {
    let at = text.windows(end.len()).position(|window| window.eq_ignore_ascii_case(end));
    at.map(|at| at + end.len())
}

/// Which elements are open.
#[derive(Debug)]
pub(super) struct Open {
    counts: [u32; ELEMENTS.len()],
    /// Those that have to be closed.
    within: u32,
}

impl Open {
    pub(super) fn new() -> Self {
        Self { counts: [0; ELEMENTS.len()], within: 0 }
    }

    /// Whether what stands here is in no element that has to be closed.
    pub(super) fn is_outside(&self) -> bool {
        self.within == 0
    }

    pub(super) fn opens(&mut self, element: Element) {
        self.counts[element.0] += 1;
        self.within += u32::from(!element.is_optional());
    }

    /// Whether the element was open.
    pub(super) fn closes(&mut self, element: Element) -> bool {
        let was_open = self.counts[element.0] > 0;
        if was_open {
            self.counts[element.0] -= 1;
            self.within -= u32::from(!element.is_optional());
        }
        was_open
    }
}
