//! The pages of the servers in front of WordPress.

use crate::http::RestResponse;

/// The web server's own response to a path outside WordPress.
pub(crate) fn outside() -> RestResponse {
    server_page(404, "404 Not Found")
}

/// The response to a second `Authorization` header.
pub(crate) fn bad_request() -> RestResponse {
    server_page(400, "400 Bad Request")
}

pub(crate) fn password_required() -> RestResponse {
    server_page(401, "401 Authorization Required").with("WWW-Authenticate", "Basic realm=\"Staging\"")
}

/// A redirect to the same path and query of another origin.
pub(crate) fn moved(origin: &str, target: &str) -> RestResponse {
    server_page(301, "301 Moved Permanently").with("Location", format!("{origin}{target}"))
}

/// Apache's page, which does not say that a firewall blocked the request.
pub(crate) fn forbidden() -> RestResponse {
    let html = "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"http://www.w3.org/TR/html4/strict.dtd\">\n\
        <html><head>\n<title>403 Forbidden</title>\n</head><body>\n<h1>Forbidden</h1>\n\
        <p>You don't have permission to access this resource.</p>\n</body></html>\n";
    RestResponse::html(403, html.into())
        .with("Server", "Apache/2.4.71 (Debian)")
        .with("Content-Type", "text/html; charset=iso-8859-1")
}

/// A challenge page that only a browser passes.
pub(crate) fn challenge() -> RestResponse {
    let html = "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head>\n<title>Just a moment...</title>\n\
        <meta name=\"robots\" content=\"noindex,nofollow\">\n</head>\n<body>\n\
        <noscript>Enable JavaScript and cookies to continue</noscript>\n</body>\n</html>\n";
    RestResponse::html(403, html.into()).with("Server", "cloudflare").with("Cf-Mitigated", "challenge")
}

fn server_page(status: u16, title: &str) -> RestResponse {
    let html = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\
         \r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    RestResponse::html(status, html).with("Content-Type", "text/html")
}

pub(crate) fn too_many_requests() -> RestResponse {
    server_page(429, "429 Too Many Requests").with("Retry-After", "1")
}
