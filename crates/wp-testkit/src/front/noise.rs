//! The output of a broken plugin or theme around every response.

use crate::http::Reply;

/// The output that PHP prints around every JSON response. The status and the headers are not affected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Noise {
    /// A byte order mark before it: a plugin's file was saved with one.
    Bom,
    /// An HTML warning before it.
    NoticeBefore,
    /// An HTML comment after it, as some cache plugins add.
    CommentAfter,
}

const NOTICE: &str = "<br />\n<b>Warning</b>:  Undefined variable $x in \
    <b>/var/www/html/wp-content/plugins/noise/noise.php</b> on line <b>1</b><br />\n";

impl Noise {
    pub(crate) fn add_to(self, reply: &mut Reply) {
        reply.map_json(|json| match self {
            Self::Bom => format!("\u{feff}{json}"),
            Self::NoticeBefore => format!("{NOTICE}{json}"),
            Self::CommentAfter => format!("{json}\n<!-- served by a cache -->"),
        });
    }
}
