//! The reason why an upload was refused.

use std::fmt;

use http::HeaderMap;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use wp_core::response::{Refusal, UnexpectedKind};
use wp_core::{ApiError, show};

/// Why WordPress, PHP or the web server refused an upload. Nothing was stored. Returned by
/// [`Error::upload_refusal`](crate::Error::upload_refusal).
///
/// WordPress uses the same error code for most reasons, and its message is in the language of the site. A reason that
/// the message does not reveal is [`Other`](UploadRefusalKind::Other).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadRefusal {
    /// The kind.
    pub kind: UploadRefusalKind,
    /// The size limit in bytes, if the site names it.
    pub limit: Option<u64>,
    /// The setting behind the refusal: a setting of PHP (`post_max_size`) or of a network of sites (`fileupload_maxk`).
    pub setting: Option<&'static str>,
}

/// The kinds of [`UploadRefusal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UploadRefusalKind {
    /// The file, or its form, is larger than a limit.
    TooLarge,
    /// The site does not accept files of this type, by name or by content.
    Type,
    /// The file is empty.
    Empty,
    /// The quota of the site or the user is used up.
    NoSpace,
    /// The file is incomplete, or does not match its checksum.
    Damaged,
    /// The request has no file: the part `file` or the header that names the file is missing.
    NoFile,
    /// The server cannot store the file: no folder for temporary files, a full disk.
    NotStored,
    /// Any other reason; see the error's message.
    Other,
}

use UploadRefusalKind as Kind;

/// A kind, the words of WordPress or PHP that identify it, and the setting behind it.
struct Sign {
    words: &'static str,
    kind: Kind,
    setting: Option<&'static str>,
}

const fn sign(words: &'static str, kind: Kind, setting: Option<&'static str>) -> Sign {
    Sign { words, kind, setting }
}

/// Words in the English message of `rest_upload_unknown_error` (a form) and `rest_upload_sideload_error` (a file as the
/// whole body). The names of settings are the same in all languages.
const SIGNS: &[Sign] = &[
    sign("File is empty", Kind::Empty, None),
    sign("not allowed to upload this file type", Kind::Type, None),
    sign("file type is not permitted", Kind::Type, None),
    sign("failed upload test", Kind::NoFile, None),
    sign("No file was uploaded", Kind::NoFile, None),
    sign("only partially uploaded", Kind::Damaged, None),
    sign("Missing a temporary folder", Kind::NotStored, Some("upload_tmp_dir")),
    sign("Failed to write file to disk", Kind::NotStored, None),
    sign("could not be moved", Kind::NotStored, None),
    sign("Unable to create directory", Kind::NotStored, None),
    sign("stopped by extension", Kind::NotStored, None),
    sign("MAX_FILE_SIZE", Kind::TooLarge, Some("MAX_FILE_SIZE")),
    sign("upload_max_filesize", Kind::TooLarge, Some("upload_max_filesize")),
];

impl UploadRefusal {
    /// The refusal in a response, with its whole body, to a request with these headers.
    pub(crate) fn of(refusal: &Refusal, request: &HeaderMap, body: &[u8]) -> Option<Self> {
        let sent = Content::of(request);
        match refusal {
            Refusal::Api(error) => Self::of_api(error, sent == Content::Form, body),
            Refusal::Unexpected(other)
                if sent != Content::Other && other.kind() == UnexpectedKind::BodyTooLarge =>
            {
                Some(Self { kind: Kind::TooLarge, limit: None, setting: None })
            }
            _ => None,
        }
    }

    fn of_api(error: &ApiError, is_form: bool, body: &[u8]) -> Option<Self> {
        let of = |kind, setting| Some(Self { kind, limit: None, setting });
        // PHP drops a form that is too large, whatever WordPress then finds missing.
        if is_form && let Some(limit) = limit_of_form(&String::from_utf8_lossy(body)) {
            let setting = Some("post_max_size");
            return Some(Self { kind: Kind::TooLarge, limit: Some(limit), setting });
        }
        match error.code().as_str().strip_prefix("rest_upload_")? {
            // Usually, PHP reports that only in its log.
            "no_content_disposition" if is_form => of(Kind::TooLarge, Some("post_max_size")),
            "no_data" if is_form => of(Kind::NoFile, Some("file_uploads")),
            "no_data" => of(Kind::Empty, None),
            "no_content_disposition" | "invalid_disposition" | "no_content_type" => of(Kind::NoFile, None),
            // Since WordPress 6.8.
            "image_type_not_supported" => of(Kind::Type, None),
            "hash_mismatch" => of(Kind::Damaged, None),
            "limited_space" | "user_quota_exceeded" => of(Kind::NoSpace, Some("blog_upload_space")),
            "file_too_big" => Some(Self {
                kind: Kind::TooLarge,
                limit: kilobytes(error.unmasked_message()),
                setting: Some("fileupload_maxk"),
            }),
            _ => {
                let message = error.unmasked_message();
                // In any language, the message about an empty file names both settings that it may exceed.
                if message.contains("upload_max_filesize") && message.contains("post_max_size") {
                    return of(Kind::Empty, None);
                }
                let sign = SIGNS.iter().find(|sign| message.contains(sign.words));
                sign.map_or_else(|| of(Kind::Other, None), |sign| of(sign.kind, sign.setting))
            }
        }
    }

    /// The hint for the user.
    pub(crate) fn remedy(&self) -> Option<&'static str> {
        Some(match (self.kind, self.setting) {
            (Kind::TooLarge, Some("upload_max_filesize" | "post_max_size")) => {
                "have `upload_max_filesize` and the larger `post_max_size` raised in PHP's settings; or send the file as it \
                 is (`Request::body` with a `content-disposition`): neither limit counts for that"
            }
            (Kind::TooLarge, Some("fileupload_maxk")) => {
                "have the network's limit raised: Network Admin, Settings, \"Max upload file size\""
            }
            (Kind::Type, _) => {
                "the site takes files of some types only, and looks into them: give the file the name of what it is, or have \
                 the type allowed (the filter `upload_mimes`, or for an administrator `ALLOW_UNFILTERED_UPLOADS`)"
            }
            (Kind::Empty, _) => {
                "the file holds nothing: check what was read, and that a stream was not read before"
            }
            (Kind::NoSpace, _) => "delete files, or have the quota of the site raised",
            (Kind::Damaged, _) => "send the file again",
            (Kind::NoFile, Some(_)) => {
                "send the file in the part that is named `file`; or have PHP's `file_uploads` switched on"
            }
            (Kind::NoFile, None) => {
                "send the file in the part that is named `file` of a form (`Request::multipart`), or as it is with a \
                 `content-disposition` that names it: `attachment; filename=\"dune.jpg\"`"
            }
            (Kind::NotStored, _) => {
                "the server cannot store files: contact the hosting provider (a full disk, `upload_tmp_dir`, the rights of \
                 wp-content/uploads)"
            }
            (Kind::TooLarge | Kind::Other, _) => return None,
        })
    }
}

/// The kind of body that a request has.
#[derive(PartialEq)]
enum Content {
    /// A form that may hold files.
    Form,
    /// A file as the whole body, which WordPress accepts if a header names it.
    File,
    Other,
}

impl Content {
    fn of(headers: &HeaderMap) -> Self {
        let media = headers.get(CONTENT_TYPE).map(|value| value.as_bytes().to_ascii_lowercase());
        if media.is_some_and(|media| media.starts_with(b"multipart/")) {
            Self::Form
        } else if headers.contains_key(CONTENT_DISPOSITION) {
            Self::File
        } else {
            Self::Other
        }
    }
}

/// The limit in PHP's warning about a form, which it prints before the JSON: `POST Content-Length of 9500207 bytes
/// exceeds the limit of 8388608 bytes`.
fn limit_of_form(body: &str) -> Option<u64> {
    let warning = body.split_once("POST Content-Length of ")?.1;
    number_behind(warning.split('\n').next()?, "exceeds the limit of ")
}

/// The number after these words.
fn number_behind(text: &str, words: &str) -> Option<u64> {
    let rest = &text[text.find(words)? + words.len()..];
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// `1,500 KB` in bytes.
fn kilobytes(text: &str) -> Option<u64> {
    let before = text.split("KB").next().filter(|before| before.len() < text.len())?.trim_end();
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, ',' | '.' | '\u{a0}' | '\u{202f}');
    let start = before
        .rfind(|c| !is_number(c))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let digits: String = before[start..].chars().filter(char::is_ascii_digit).collect();
    digits.parse::<u64>().ok()?.checked_mul(1024)
}

/// `larger than PHP's post_max_size takes, 8388608 bytes`
impl fmt::Display for UploadRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            Kind::TooLarge => "larger than the site takes",
            Kind::Type => "a type that the site does not take",
            Kind::Empty => "an empty file",
            Kind::NoSpace => "the quota is used up",
            Kind::Damaged => "the file did not arrive whole",
            Kind::NoFile => "no file arrived",
            Kind::NotStored => "the server cannot store files",
            Kind::Other => "the file was not taken",
        };
        let setting = self.setting.map(|setting| format!(", by `{setting}`")).unwrap_or_default();
        let limit = self.limit.map(|limit| format!(": {limit} bytes")).unwrap_or_default();
        show::line(f, format_args!("{what}{setting}{limit}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upload_limits_are_parsed_from_the_message() {
        let php = "<b>Warning</b>: POST Content-Length of 9500207 bytes exceeds the limit of 8388608 bytes in <b>Unknown</b>";
        assert_eq!(number_behind(php, "exceeds the limit of "), Some(8_388_608));
        assert_eq!(number_behind("exceeds the limit of none", "exceeds the limit of "), None);
        for (text, bytes) in [
            ("This file is too big. Files must be less than 1500 KB in size.", Some(1_536_000)),
            ("Files must be less than 1,500 KB in size.", Some(1_536_000)),
            ("Dateien müssen kleiner als 1.500\u{a0}KB sein.", Some(1_536_000)),
            ("inférieure à 1\u{202f}500 KB.", Some(1_536_000)),
            ("too big", None),
            ("less than KB", None),
            ("99999999999999999999 KB", None),
        ] {
            assert_eq!(kilobytes(text), bytes, "{text}");
        }
    }
}
