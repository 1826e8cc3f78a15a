//! Statuses that may pass, with and without `Retry-After`.

use crate::fault::{Fault, page};

const HTML: &str = "<html><body><h1>Sorry</h1></body></html>";
const JSON: &str = r#"{"code":"too_many","message":"Slow down.","data":{"status":429}}"#;

#[rustfmt::skip]
pub(crate) fn faults() -> Vec<Fault> {
    vec![
        page("408", "SlowRequest 408 x3", "SlowRequest 408, in doubt x1", "408 Request Timeout", HTML),
        page("429", "RateLimit 429 x3", "RateLimit 429 x3", "429 Too Many Requests", HTML),
        page("429 of WordPress", "429 too_many x3", "429 too_many x3", "429 Too Many Requests\r\ncontent-type: application/json", JSON),
        page("429 with Retry-After", "RateLimit 429 x3", "RateLimit 429 x3", "429 Too Many Requests\r\nretry-after: 2", HTML),
        page("429 with a date of long ago", "RateLimit 429 x3", "RateLimit 429 x3", "429 Too Many Requests\r\nretry-after: Sun, 06 Nov 1994 08:49:37 GMT", HTML),
        page("429 that asks for an hour", "RateLimit 429 x1", "RateLimit 429 x1", "429 Too Many Requests\r\nretry-after: 3600", HTML),
        page("500", "ServerError 500 x1", "ServerError 500, in doubt x1", "500 Internal Server Error", HTML),
        page("500 with Retry-After", "ServerError 500 x1", "ServerError 500, in doubt x1", "500 Internal Server Error\r\nretry-after: 1", HTML),
        page("501", "MethodRefused 501 x1", "MethodRefused 501 x1", "501 Not Implemented", HTML),
        page("502", "Gateway 502 x3", "Gateway 502, in doubt x1", "502 Bad Gateway", HTML),
        page("503", "Gateway 503 x3", "Gateway 503, in doubt x1", "503 Service Unavailable", HTML),
        page("503 with Retry-After", "Gateway 503 x3", "Gateway 503 x3", "503 Service Unavailable\r\nretry-after: 2", HTML),
        page("503 that asks for ten minutes", "Gateway 503 x1", "Gateway 503 x1", "503 Service Unavailable\r\nretry-after: 600", HTML),
        page("504", "Gateway 504 x3", "Gateway 504, in doubt x1", "504 Gateway Timeout", HTML),
        page("504 with Retry-After", "Gateway 504 x3", "Gateway 504, in doubt x1", "504 Gateway Timeout\r\nretry-after: 2", HTML),
        page("524 of Cloudflare", "Gateway 524 x1", "Gateway 524, in doubt x1", "524 A Timeout Occurred", HTML),
        page("204", "ok x1", "ok x1", "204 No Content", ""),
        page("599", "ServerError 599 x1", "ServerError 599, in doubt x1", "599 Odd", HTML),
        page("404", "Page 404 x1", "Page 404 x1", "404 Not Found", HTML),
    ]
}
