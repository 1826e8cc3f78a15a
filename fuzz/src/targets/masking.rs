//! A secret is found however it is spelled and wherever it stands, and the rest of a text stays.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;
use wp_core::{Secrets, show};

/// How a server may spell it.
const SPELLINGS: &[fn(&str) -> String] = &[
    str::to_owned,
    |text| Value::from(text).to_string(),
    |text| Value::from(text).to_string().replace('/', "\\/"),
    |text| each(text.encode_utf16(), |unit, out| write!(out, "\\u{unit:04x}")),
    |text| each(text.bytes(), |byte, out| write!(out, "%{byte:02X}")),
    |text| each(text.bytes(), |byte, out| write!(out, "%{byte:02x}")),
    |text| each(text.chars(), |c, out| write!(out, "&#{};", c as u32)),
    |text| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&#039;"),
    |text| BASE64_STANDARD.encode(text),
    |text| BASE64_URL_SAFE_NO_PAD.encode(format!("ana:{text}")),
];

/// From this one on they are base64, which is not searched for base64.
const BASE64: usize = 8;

fn each<T>(parts: impl Iterator<Item = T>, spell: fn(T, &mut String) -> std::fmt::Result) -> String {
    let mut out = String::new();
    // A string takes anything.
    parts.for_each(|part| _ = spell(part, &mut out));
    out
}

/// A secret, what is before it and what is behind it, with a zero between them; the first two bytes say how it is
/// spelled.
///
/// # Panics
/// Over what should not be.
pub fn run(data: &[u8]) {
    let [one, other, rest @ ..] = data else { return };
    let mut parts = rest.splitn(3, |&byte| byte == 0).map(String::from_utf8_lossy);
    let (Some(secret), Some(before), Some(behind)) = (parts.next(), parts.next(), parts.next()) else {
        return;
    };
    let masked = Secrets::of_text(secret.clone().into_owned()).mask(&before).into_owned();
    assert!(masked.len() <= 3 * before.len().max(1), "{masked}");

    // Fewer characters may stand anywhere by chance, and so may a word.
    let counted = secret.chars().filter(char::is_ascii_alphanumeric).count();
    let is_plain = secret.bytes().all(|byte| byte.is_ascii_lowercase());
    if counted < 10 || is_plain || secret.contains('*') || secret.len() > 1024 {
        return;
    }
    let pick = |byte: u8| usize::from(byte) % SPELLINGS.len();
    let (one, other) = (pick(*one), pick(*other));
    let spelled = SPELLINGS[one](&secret);
    let spelled = if one >= BASE64 && other >= BASE64 { spelled } else { SPELLINGS[other](&spelled) };
    let cut = |text: &str| text.chars().take(200).collect::<String>();
    let text = format!("{} {spelled} {}", cut(&before), cut(&behind));
    if text.len() > 16 * 1024 {
        return;
    }
    let secrets = Secrets::of_text(secret.clone().into_owned());
    let masked = secrets.mask(&text);
    for form in [&*secret, &spelled] {
        assert!(!masked.contains(form), "{form:?} in {masked:?}");
        let line = show::to_line(&masked, 1 << 16);
        assert!(!line.contains(form) && !line.contains(char::is_control), "{form:?} in {line:?}");
    }
}

/// Secrets of every kind, and texts around them.
pub fn seeds() -> Vec<Vec<u8>> {
    const SECRETS: [&str; 5] = [
        "Pl4nted\"p4ss\\w0rd",
        "Pl4nted  two blanks %41 &amp; <b>",
        "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwIn0.c2lnbmF0dXJl",
        "abcd EFGH ijkl MNOP qrst UVWX",
        "Pässw0rt-日本-𝄞-0123456789",
    ];
    const AROUND: [(&str, &str); 4] = [
        ("Not with", "."),
        ("{\"message\":\"\\u00", "\\\"}"),
        ("<p title=\"&", ";\">%2"),
        ("Basic YW5h", "=\u{1b}]0;\u{202e}"),
    ];
    let bytes = 0..u8::try_from(SPELLINGS.len()).unwrap_or(u8::MAX);
    let pairs = bytes.clone().flat_map(|one| bytes.clone().map(move |other| [one, other]));
    let around = SECRETS.iter().flat_map(|secret| AROUND.iter().map(move |around| (secret, around)));
    let seed = |([one, other], (secret, (before, behind))): ([u8; 2], (&&str, &(&str, &str)))| {
        [&[one, other], format!("{secret}\0{before}\0{behind}").as_bytes()].concat()
    };
    pairs.zip(around.cycle()).map(seed).collect()
}
