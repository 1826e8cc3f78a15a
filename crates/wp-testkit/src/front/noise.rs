//! What a broken plugin or theme prints around every response.

/// What PHP prints around every JSON response. Status and headers stay right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Noise {
    /// A byte order mark before it: a plugin's file was saved with one.
    Bom,
    /// A warning before it, in HTML.
    NoticeBefore,
    /// An HTML comment after it: a cache plugin signs its work.
    CommentAfter,
}

const NOTICE: &str = "<br />\n<b>Warning</b>:  Undefined variable $x in \
    <b>/var/www/html/wp-content/plugins/noise/noise.php</b> on line <b>1</b><br />\n";

impl Noise {
    pub(crate) fn around(self, json: &str) -> String {
        match self {
            Self::Bom => format!("\u{feff}{json}"),
            Self::NoticeBefore => format!("{NOTICE}{json}"),
            Self::CommentAfter => format!("{json}\n<!-- served by a cache -->"),
        }
    }
}
