//! Where a request with a credential is sent on to.

use wp_http::conformance::response;

use crate::fault::{Fault, fault};

/// Sends what is asked of it on to `to`, once; what comes there gets a list.
fn redirect(
    name: &'static str,
    get: &'static str,
    post: &'static str,
    status: u16,
    to: &'static str,
) -> Fault {
    fault(name, get, post, move |mut conn, around| {
        while let Some(request) = conn.request() {
            let there = String::from_utf8_lossy(&request).lines().next().unwrap().contains("/new");
            let to = to.replace("OTHER", &around.other);
            conn.send(if there {
                response("200 OK\r\ncontent-type: application/json", "[]")
            } else {
                response(&format!("{status} Moved\r\nlocation: {to}"), "<html>moved</html>")
            });
        }
    })
}

#[rustfmt::skip]
pub(crate) fn faults() -> Vec<Fault> {
    let (same, other) = ("/wp-json/new", "OTHER/wp-json/new");
    vec![
        redirect("301 within the origin", "ok x2", "Redirect x1", 301, same),
        redirect("302 within the origin", "ok x2", "Redirect x1", 302, same),
        redirect("303 within the origin", "ok x2", "Redirect, in doubt x1", 303, same),
        redirect("307 within the origin", "ok x2", "ok x2", 307, same),
        redirect("308 within the origin", "ok x2", "ok x2", 308, same),
        redirect("301 to another origin", "Redirect x1", "Redirect x1", 301, other),
        redirect("302 to another origin", "Redirect x1", "Redirect x1", 302, other),
        redirect("303 to another origin", "Redirect x1", "Redirect, in doubt x1", 303, other),
        redirect("307 to another origin", "Redirect x1", "Redirect x1", 307, other),
        redirect("308 to another origin", "Redirect x1", "Redirect x1", 308, other),
        redirect("302 to itself", "Redirect x1", "Redirect x1", 302, ""),
        redirect("302 to an invalid address", "Redirect x1", "Redirect x1", 302, "javascript:alert(1)"),
        redirect("302 to the login of the host", "Redirect x1", "Redirect x1", 302, "https://login.example/?next=x"),
        fault("302 without an address", "Page 302 x1", "Page 302 x1", |mut conn, _| {
            conn.request();
            conn.send(response("302 Found", "<html>moved</html>"));
        }),
        fault("302 to the home page of the main site, in a network", "SitePage 200 x2", "Redirect x1", |mut conn, _| {
            while let Some(request) = conn.request() {
                let home = request.windows(6).any(|six| six == b" / HTT");
                let link = "content-type: text/html\r\nlink: <http://x/wp-json/>; rel=\"https://api.w.org/\"";
                conn.send(if home { response(&format!("200 OK\r\n{link}"), "<!DOCTYPE html><html></html>") } else { response("302 Found\r\nlocation: /", "") });
            }
        }),
        fault("a POST that a proxy made a GET of: a list", "ok x1", "List 200, in doubt x1", |mut conn, _| {
            conn.request();
            conn.send(response("200 OK\r\ncontent-type: application/json\r\nx-wp-total: 1\r\nx-wp-totalpages: 1", "[{\"id\":1}]"));
        }),
    ]
}
