//! Inputs that resemble the seeds. The same number makes the same input.

use fastrand::Rng;

/// The most bytes of an input.
const MAX_INPUT_BYTES: usize = 256 * 1024;

/// What readers look at.
const WORDS: &[&str] = &[
    "@@",
    "\0",
    "\n",
    "\n\n",
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    "\"",
    "\\",
    ",",
    ":",
    ";",
    "=",
    "%",
    "&",
    "null",
    "true",
    "[]",
    "{}",
    "-1",
    "1e999",
    "18446744073709551616",
    "0001-01-01T00:00:00",
    "-0001-11-30T00:00:00",
    "\\ud800",
    "\u{feff}",
    "\u{7f}",
    "\u{e4}",
    "<!--",
    "-->",
    "<html>",
    "</html>",
    "<script>",
    "<?php",
    "&amp;",
    "&#x110000;",
    "<br />\n<b>Warning</b>: ",
    "[07-Jan-2026 12:00:00 UTC] ",
    "\"code\":",
    "\"message\":",
    "\"data\":",
    "\"status\":",
    "\"id\":0",
    "\"success\":false",
    "\nlink: ",
    "\nx-wp-total: ",
    "\nretry-after: ",
    "\nset-cookie: refresh_token=",
    "Max-Age=",
    "rel=",
    "https://",
    "..",
    "%2e",
    "%2F",
    "?rest_route=",
    "@",
    "#",
    "[::1]",
    "\u{0130}",
];

/// A seed, with a few changes.
pub fn input(seeds: &[Vec<u8>], seed: u64) -> Vec<u8> {
    let mut rng = Rng::with_seed(seed);
    let mut input = rng.choice(seeds).cloned().unwrap_or_default();
    for _ in 0..rng.usize(1..=6) {
        change(&mut input, seeds, &mut rng);
        input.truncate(MAX_INPUT_BYTES);
    }
    input
}

fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], rng: &mut Rng) {
    let at = rng.usize(..=input.len());
    let end = (at + length(rng)).min(input.len());
    match rng.u8(..10) {
        0 if at < input.len() => input[at] ^= 1 << rng.u8(..8),
        1 if at < input.len() => input[at] = rng.u8(..),
        2 => drop(input.drain(at..end)),
        3 => input.truncate(at),
        4 => {
            let piece = input[at..end].to_vec();
            let to = rng.usize(..=input.len());
            input.splice(to..to, piece);
        }
        5 => {
            let piece = input[at..end].to_vec();
            // Rarely enough to be slow over.
            let times =
                if rng.u8(..32) == 0 { MAX_INPUT_BYTES / piece.len().max(1) } else { rng.usize(1..20) };
            input.splice(at..at, piece.repeat(times).into_iter().take(MAX_INPUT_BYTES));
        }
        6 => {
            let other = rng.choice(seeds).map_or(&[][..], Vec::as_slice);
            let from = rng.usize(..=other.len());
            let to = (from + length(rng)).min(other.len());
            input.splice(at..end, other[from..to].iter().copied());
        }
        7 => {
            let bytes: Vec<u8> = (0..length(rng)).map(|_| rng.u8(..)).collect();
            input.splice(at..at, bytes);
        }
        _ => {
            let word = rng.choice(WORDS).copied().unwrap_or_default();
            let end = if rng.bool() { at } else { end };
            input.splice(at..end, word.bytes());
        }
    }
}

/// Mostly short.
fn length(rng: &mut Rng) -> usize {
    let most = 1 << rng.u8(..10);
    rng.usize(1..=most)
}
