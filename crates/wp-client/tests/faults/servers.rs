//! What responds in place of WordPress: host passwords, limits, firewalls (observed on each server by its default rules).

use crate::fault::{Fault, page};

const HTML: &str = "content-type: text/html";

/// Apache's page.
fn apache(title: &str, text: &str) -> String {
    format!(
        "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>{title}</title>\n</head><body>\n<h1>{title}</h1>\n<p>{text}</p>\n</body></html>\n"
    )
}

/// nginx's page.
fn nginx(title: &str) -> String {
    format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
    )
}

fn host_password(name: &'static str, body: &str) -> Fault {
    let head = format!("401 Unauthorized\r\nwww-authenticate: Basic realm=\"Staging\"\r\n{HTML}");
    page(name, "HostPassword 401 x1", "HostPassword 401 x1", &head, body)
}

#[rustfmt::skip]
pub(crate) fn faults() -> Vec<Fault> {
    let at = |status: &str| format!("{status}\r\n{HTML}");
    let php_behind = format!("{}{}", apache("413 Request Entity Too Large", "The requested resource does not allow request data with POST requests."), r#"{"code":"empty_content","message":"Content, title, and excerpt are empty.","data":{"status":400}}"#);
    vec![
        host_password("a host password: Apache", &apache("401 Unauthorized", "This server could not verify that you are authorized.")),
        host_password("a host password: nginx", &nginx("401 Authorization Required")),
        host_password("a host password: lighttpd", "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\">\n<html><head><title>401 Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>\n"),
        host_password("a host password: Caddy", ""),
        host_password("a host password: HAProxy", "<html><body><h1>401 Unauthorized</h1>\nYou need a valid user and password to access this content.\n</body></html>\n"),
        page("the address is too long: Apache, nginx", "UrlTooLong 414 x1", "UrlTooLong 414 x1", &at("414 Request-URI Too Large"), &nginx("414 Request-URI Too Large")),
        page("the headers are too large: lighttpd", "HeadersTooLarge 431 x1", "HeadersTooLarge 431 x1", &at("431 Request Header Fields Too Large"), "<html><h1>431 Request Header Fields Too Large</h1></html>"),
        page("the headers are too large: nginx", "HeadersTooLarge 400 x1", "HeadersTooLarge 400 x1", &at("400 Bad Request"), &nginx("400 Request Header Or Cookie Too Large")),
        page("the headers are too large: Apache", "HeadersTooLarge 400 x1", "HeadersTooLarge 400 x1", &at("400 Bad Request"), &apache("400 Bad Request", "Your browser sent a request that this server could not understand.<br />Size of a request header field exceeds server limit.")),
        page("the headers are too large: Caddy", "HeadersTooLarge 431 x1", "HeadersTooLarge 431 x1", "431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close", "431 Request Header Fields Too Large"),
        page("the headers are too large: HAProxy", "BadRequest 400 x1", "BadRequest 400 x1", &at("400 Bad request"), "<html><body><h1>400 Bad request</h1>\nYour browser sent an invalid request.\n</body></html>\n"),
        page("two Authorization headers: nginx", "BadRequest 400 x1", "BadRequest 400 x1", &at("400 Bad Request"), &nginx("400 Bad Request")),
        page("the headers are too large: Varnish", "BadRequest 400 x1", "BadRequest 400 x1", "400 Bad Request", ""),
        page("the response's headers are too large: nginx", "Gateway 502 x3", "Gateway 502, in doubt x1", &at("502 Bad Gateway"), &nginx("502 Bad Gateway")),
        page("the body is too large: nginx", "BodyTooLarge 413 x1", "BodyTooLarge 413 x1", &at("413 Request Entity Too Large"), &nginx("413 Request Entity Too Large")),
        page("the body is too large: Apache, and PHP speaks too", "BodyTooLarge 413 x1", "BodyTooLarge 413 x1", &at("413 Request Entity Too Large"), &php_behind),
        page("the body is too large: mod_fcgid", "ServerError 500 x1", "ServerError 500, in doubt x1", &at("500 Internal Server Error"), &apache("500 Internal Server Error", "The server encountered an internal error or misconfiguration and was unable to complete your request.")),
        page("the body takes PHP's memory", "500 internal_server_error x1", "500 internal_server_error, in doubt x1", "500 Internal Server Error\r\ncontent-type: application/json", r#"{"code":"internal_server_error","message":"There has been a critical error.","data":{"status":500,"error":{"message":"Allowed memory size of 134217728 bytes exhausted"}}}"#),
        page("the body got lost on the way", "400 empty_content x1", "400 empty_content x1", "400 Bad Request\r\ncontent-type: application/json", r#"{"code":"empty_content","message":"Content, title, and excerpt are empty.","data":{"status":400}}"#),
        page("it wants a length: lighttpd", "BadRequest 411 x1", "BadRequest 411 x1", &at("411 Length Required"), "<html><h1>411 Length Required</h1></html>"),
        page("the request took too long: Apache", "SlowRequest 408 x3", "SlowRequest 408, in doubt x1", &at("408 Request Timeout"), &apache("408 Request Timeout", "Server timeout waiting for the HTTP request from the client.")),
        page("nothing behind it: HAProxy", "Gateway 503 x3", "Gateway 503, in doubt x1", &at("503 Service Unavailable"), "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n"),
        page("nothing behind it: Varnish", "Gateway 503 x3", "Gateway 503, in doubt x1", &at("503 Backend fetch failed"), "<!DOCTYPE html><html><head><title>503 Backend fetch failed</title></head><body><h1>Error 503 Backend fetch failed</h1></body></html>"),
        page("what is behind it is slow: nginx", "Gateway 504 x3", "Gateway 504, in doubt x1", &at("504 Gateway Time-out"), &nginx("504 Gateway Time-out")),
        page("a firewall: ModSecurity on Apache", "Firewall 403 x1", "Firewall 403 x1", "403 Forbidden\r\ncontent-type: text/html; charset=iso-8859-1", &apache("403 Forbidden", "You don't have permission to access this resource.")),
        page("a firewall: the JSON is too large for ModSecurity", "BodyTooLarge 413 x1", "BodyTooLarge 413 x1", &at("413 Request Entity Too Large"), &apache("413 Request Entity Too Large", "The requested resource does not allow request data.")),
        page("a firewall: ModSecurity cannot read the JSON", "ServerError 500 x1", "ServerError 500, in doubt x1", &at("500 Internal Server Error"), &apache("500 Internal Server Error", "The server encountered an internal error.")),
        page("a firewall: Wordfence, with Retry-After", "Firewall 503 x3", "Firewall 503 x3", &at("503 Service Temporarily Unavailable\r\nretry-after: 0"), "<!DOCTYPE html><html><p>Generated by Wordfence at …</p></html>"),
        page("a firewall: Wordfence", "Firewall 503 x1", "Firewall 503 x1", &at("503 Service Temporarily Unavailable"), "<!DOCTYPE html><html><title>Your access to this site has been limited</title><p>Generated by Wordfence at …</p></html>"),
        page("a firewall: Sucuri", "Firewall 403 x1", "Firewall 403 x1", &at("403 Forbidden"), "<!DOCTYPE html><html><title>Sucuri WebSite Firewall - Access Denied</title></html>"),
        page("a challenge: Cloudflare", "Challenge 403 x1", "Challenge 403 x1", &format!("403 Forbidden\r\ncf-mitigated: challenge\r\n{HTML}"), "<!DOCTYPE html><html><title>Just a moment...</title></html>"),
        page("a challenge under 200", "Challenge 200 x1", "Challenge 200 x1", &at("200 OK"), "<html><body><script type=\"text/javascript\" src=\"/aes.js\"></script></body></html>"),
        page("PHP is not run", "PhpSource 200 x1", "PhpSource 200, in doubt x1", "200 OK", "<?php\n/** The password is Pl4nted-passw0rd */\ndefine('WP_USE_THEMES', true);\n"),
        page("the method is refused", "MethodRefused 405 x1", "MethodRefused 405 x1", &at("405 Not Allowed"), &nginx("405 Not Allowed")),
        page("a page that echoes the credential", "Firewall 403 x1", "Firewall 403 x1", &at("403 Forbidden"), "<html><h1>Blocked</h1><p>Authorization: Basic YW5hOlBsNG50ZWQtcGFzc3cwcmQ= is not allowed, Pl4nted-in-the-b0dy neither</p></html>"),
    ]
}
