//! The table of requests: one a line, ` | ` between its parts.
//!
//! ```text
//! WHO[,WHO…] METHOD TARGET | {"title": "x"} | Header: value | = name
//! ```
//!
//! `all` stands for a user of each role, and `anon` for a request without a credential. `{name}` is the id of
//! the item that an earlier line with `= name` created. A body is JSON, or `form a=b`, or `text …`, or `png`, or `file NAME TEXT` for a form with a file.

use std::fmt;

/// A request, as often as it has users.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) users: Vec<String>,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) body: Option<Body>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) name: Option<String>,
}

#[derive(Debug)]
pub(crate) enum Body {
    /// JSON, a form or other text.
    Text(String),
    Png,
    /// A form with one file: the names of the field and of the file, and the text of the file.
    File(String),
}

impl Shape {
    /// Whether it changes nothing, so that others may be sent at the same time.
    pub(crate) fn is_safe(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS") && !self.target.contains("_method")
    }
}

impl Body {
    pub(crate) fn bytes(&self, fill: impl Fn(&str) -> String) -> Vec<u8> {
        match self {
            Self::Text(text) => fill(text).into_bytes(),
            Self::Png => PNG.to_vec(),
            Self::File(text) => {
                let (field, text) = text.split_once(' ').unwrap();
                let (name, text) = text.split_once(' ').unwrap();
                let part = |head: &str, text: &str| {
                    format!("--drift\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n")
                };
                let title = part("name=\"title\"", "In a form");
                let head = format!("name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: text/plain");
                format!("{title}{}--drift--\r\n", part(&head, text)).into_bytes()
            }
        }
    }
}

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::File(text) => f.write_str(text),
            Self::Png => f.write_str("png"),
        }
    }
}

/// Two pixels by one, grey.
const PNG: &[u8] = include_bytes!("dot.png");

const FILES: &[(&str, &str)] = &[
    ("seed.txt", include_str!("shapes/seed.txt")),
    ("posts.txt", include_str!("shapes/posts.txt")),
    ("revisions.txt", include_str!("shapes/revisions.txt")),
    ("search.txt", include_str!("shapes/search.txt")),
    ("terms.txt", include_str!("shapes/terms.txt")),
    ("users.txt", include_str!("shapes/users.txt")),
    ("pages.txt", include_str!("shapes/pages.txt")),
    ("comments.txt", include_str!("shapes/comments.txt")),
    ("media.txt", include_str!("shapes/media.txt")),
    ("settings.txt", include_str!("shapes/settings.txt")),
    ("site.txt", include_str!("shapes/site.txt")),
];

const ALL: [&str; 6] = ["admin", "editor", "author", "contributor", "subscriber", "anon"];

/// All shapes, in order.
pub(crate) fn all() -> Vec<Shape> {
    let mut all = Vec::new();
    for (file, text) in FILES {
        for (line, number) in text.lines().zip(1..) {
            if !line.is_empty() && !line.starts_with('#') {
                all.push(read(line).unwrap_or_else(|| panic!("{file}:{number}: {line}")));
            }
        }
    }
    all
}

fn read(line: &str) -> Option<Shape> {
    let mut parts = line.split(" | ");
    let mut words = parts.next()?.split(' ');
    let (who, method, target) = (words.next()?, words.next()?, words.next()?);
    let users = match who {
        "all" => ALL.map(str::to_owned).to_vec(),
        who => who.split(',').map(str::to_owned).collect(),
    };
    if words.next().is_some() || users.iter().any(|who| !ALL.contains(&who.as_str())) {
        return None;
    }
    let mut shape = Shape {
        users,
        method: method.to_owned(),
        target: target.to_owned(),
        body: None,
        headers: Vec::new(),
        name: None,
    };
    let kind = |shape: &mut Shape, kind: &str, body: Body| {
        if shape.headers.iter().all(|(name, _)| name != "Content-Type") {
            shape.headers.push(("Content-Type".to_owned(), kind.to_owned()));
        }
        shape.body = Some(body);
    };
    for part in parts {
        if let Some(name) = part.strip_prefix("= ") {
            shape.name = Some(name.to_owned());
        } else if let Some(form) = part.strip_prefix("form ") {
            kind(&mut shape, "application/x-www-form-urlencoded", Body::Text(form.to_owned()));
        } else if let Some(text) = part.strip_prefix("text ") {
            kind(&mut shape, "text/plain", Body::Text(text.to_owned()));
        } else if let Some(file) = part.strip_prefix("file ") {
            kind(&mut shape, "multipart/form-data; boundary=drift", Body::File(file.to_owned()));
        } else if part == "png" {
            kind(&mut shape, "image/png", Body::Png);
        } else if part.starts_with(['{', '[', '"']) {
            kind(&mut shape, "application/json", Body::Text(part.to_owned()));
        } else {
            let (name, value) = part.split_once(": ")?;
            shape.headers.push((name.to_owned(), value.to_owned()));
        }
    }
    Some(shape)
}
