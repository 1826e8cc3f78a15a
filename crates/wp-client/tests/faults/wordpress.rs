//! What a broken WordPress sends (observed on 6.5 with plugins that misbehave).

use crate::fault::{Fault, page};

const JSON: &str = "200 OK\r\ncontent-type: application/json; charset=UTF-8";
const HTML: &str = "200 OK\r\ncontent-type: text/html; charset=UTF-8";
const WARNING: &str = "<br />\n<b>Warning</b>:  Undefined variable $x in <b>/srv/wp-content/plugins/p/p.php</b> on line <b>7</b><br />\n";
const REFUSED: &str = r#"{"code":"rest_forbidden","message":"Sorry.","data":{"status":403}}"#;
const FATAL: &str = r#"{"code":"internal_server_error","message":"<p>There has been a critical error on this website.</p>","data":{"status":500},"additional_errors":[]}"#;

fn wp_die(message: &str, status: u16) -> String {
    format!(
        r#"{{"code":"wp_die","message":"{message}","data":{{"status":{status}}},"additional_errors":[]}}"#
    )
}

#[rustfmt::skip]
pub(crate) fn faults() -> Vec<Fault> {
    let die = |text: &str| format!("<!DOCTYPE html><html><head><title>WordPress</title></head><body id=\"error-page\"><div class=\"wp-die-message\">{text}</div></body></html>");
    vec![
        page("PHP's warning before the JSON", "ok, salvaged x1", "ok, salvaged x1", JSON, &format!("{WARNING}{{\"id\":1,\"slug\":\"a\"}}")),
        page("so many warnings that the status is lost", "ok, salvaged x1", "ok, salvaged x1", HTML, &format!("{}{{\"id\":1,\"slug\":\"a\"}}", WARNING.repeat(40))),
        page("an error of which the status is lost", "403 rest_forbidden x1", "403 rest_forbidden x1", HTML, &format!("{}{REFUSED}", WARNING.repeat(40))),
        page("an error under 200", "403 rest_forbidden x1", "403 rest_forbidden x1", JSON, REFUSED),
        page("a byte order mark", "ok, salvaged x1", "ok, salvaged x1", JSON, "\u{feff}{\"id\":1}"),
        page("blank lines before the JSON", "ok x1", "ok x1", JSON, "\n\n{\"id\":1}"),
        page("a comment of a cache behind the JSON", "ok, salvaged x1", "ok, salvaged x1", JSON, "{\"id\":1,\"slug\":\"a\"}\n<!-- Cached by X -->"),
        page("two JSONs", "Other 200 x1", "Other 200, in doubt x1", HTML, "x {\"a\":\"1\"} y {\"b\":\"2\"}"),
        page("a fatal error in JSON", "500 internal_server_error x1", "500 internal_server_error, in doubt x1", "500 Internal Server Error\r\ncontent-type: application/json", FATAL),
        page("a fatal error as a page", "ServerError 500 x1", "ServerError 500, in doubt x1", "500 Internal Server Error\r\ncontent-type: text/html", &die("<p>There has been a critical error on this website.</p>")),
        page("a fatal error, printed, under 200", "ServerError 200 x1", "ServerError 200, in doubt x1", HTML, "<br />\n<b>Fatal error</b>:  Uncaught Error in <b>/srv/x.php</b> on line <b>7</b><br />"),
        page("a plugin that ends the program", "Empty 200 x1", "Empty 200, in doubt x1", JSON, ""),
        page("NaN", "500 rest_encode_error x1", "500 rest_encode_error, in doubt x1", "500 Internal Server Error\r\ncontent-type: application/json", r#"{"code":"rest_encode_error","message":"Inf and NaN cannot be JSON encoded","data":{"status":500}}"#),
        page("no database, in JSON", "500 wp_die x1", "500 wp_die, in doubt x1", "500 Internal Server Error\r\ncontent-type: application/json", &wp_die("<h1>Error establishing a database connection</h1>", 500)),
        page("no database, as a page", "Database 500 x1", "Database 500, in doubt x1", "500 Internal Server Error\r\ncontent-type: text/html", &die("<h1>Error establishing a database connection</h1>")),
        page("maintenance, in JSON", "503 wp_die x1", "503 wp_die x1", "503 Service Unavailable\r\nretry-after: 600\r\ncontent-type: application/json", &wp_die("Briefly unavailable for scheduled maintenance. Check back in a minute.", 503)),
        page("maintenance, as a page", "Maintenance 503 x1", "Maintenance 503 x1", "503 Service Unavailable\r\nretry-after: 600\r\ncontent-type: text/html", &die("Briefly unavailable for scheduled maintenance. Check back in a minute.")),
        page("the home page, from plain permalinks", "SitePage 200 x1", "SitePage 200, in doubt x1", &format!("{HTML}\r\nlink: <https://example.org/index.php?rest_route=/>; rel=\"https://api.w.org/\""), "<!DOCTYPE html><html><title>My site</title></html>"),
        page("a page that does not exist", "Page 404 x1", "Page 404 x1", "404 Not Found\r\ncontent-type: text/html", "<!DOCTYPE html><html><title>Page not found</title></html>"),
        page("the login page", "LoginPage 200 x1", "LoginPage 200, in doubt x1", HTML, "<!DOCTYPE html><html><form name=\"loginform\" id=\"loginform\" action=\"https://example.org/wp-login.php\" method=\"post\"></form></html>"),
        page("JSON that is cut short", "CutShort 200 x1", "CutShort 200, in doubt x1", JSON, "{\"id\":1,\"title\":{\"rend"),
        page("JSON under another type", "ok x1", "ok x1", "200 OK\r\ncontent-type: text/plain", "{\"id\":1}"),
        page("no type at all", "ok x1", "ok x1", "200 OK", "{\"id\":1}"),
        page("an empty list behind a byte order mark", "ok, salvaged x1", "ok, salvaged x1", JSON, "\u{feff}[]"),
        page("JSON in an attribute behind the JSON", "ok, salvaged x1", "ok, salvaged x1", JSON, "{\"id\":1}<div data-x='{\"a\":\"b\"}'></div>"),
        page("JSON in a sentence", "Other 200 x1", "Other 200, in doubt x1", JSON, "It was {\"id\":1} and no more."),
        page("JSON that is cut behind a warning", "CutShort 200 x1", "CutShort 200, in doubt x1", JSON, &format!("{WARNING}[{{\"id\":1}},\n{{\"id\":2}}\n")),
        page("two documents", "Decode x1", "Decode, in doubt x1", JSON, "{\"id\":1}{\"id\":2}"),
        page("core's error without a status, under 200", "200 db_insert_error x1", "200 db_insert_error, in doubt x1", JSON, r#"{"message":"Not written.","data":null,"code":"db_insert_error"}"#),
        page("a firewall's JSON under 200", "Firewall 200 x1", "Firewall 200 x1", JSON, r#"{"message":"Access denied by Imunify360 bot-protection"}"#),
        page("a gateway's 404 in JSON", "404 404 x1", "404 404 x1", "404 Not Found\r\ncontent-type: application/json", r#"{"code":404,"message":"Not Found"}"#),
        page("PHP out of memory", "OutOfMemory 500 x1", "OutOfMemory 500, in doubt x1", "500 Internal Server Error\r\ncontent-type: text/html", "<br />\n<b>Fatal error</b>:  Allowed memory size of 1024 bytes exhausted in <b>/srv/x.php</b> on line <b>7</b><br />"),
        page("an empty 500 that claims JSON", "ServerError 500 x1", "ServerError 500, in doubt x1", "500 Internal Server Error\r\ncontent-type: application/json", ""),
        page("wp_die under 403", "WpDie 403 x1", "WpDie 403 x1", "403 Forbidden\r\ncontent-type: text/html", &die("You need more rights.")),
        page("WordPress's installer", "NotInstalled 200 x1", "NotInstalled 200, in doubt x1", HTML, "<!DOCTYPE html><html><title>WordPress &rsaquo; Installation</title><form id=\"setup\" method=\"post\" action=\"install.php?step=1\"><input type=\"password\"></form></html>"),
        page("XML", "Other 200 x1", "Other 200, in doubt x1", "200 OK\r\ncontent-type: application/xml", "<?xml version=\"1.0\"?><rss/>"),
    ]
}
