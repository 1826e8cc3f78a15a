//! The same beginning for both sites.

use serde_json::{Value, json};

use crate::http::Server;

/// What is removed, in this order; `status` names all of it.
const LISTS: &[(&str, &str)] = &[
    ("/wp/v2/comments", "status=all"),
    ("/wp/v2/posts", "status=publish,future,draft,pending,private,trash"),
    ("/wp/v2/pages", "status=publish,future,draft,pending,private,trash"),
    ("/wp/v2/media", ""),
    ("/wp/v2/categories", ""),
    ("/wp/v2/tags", ""),
    ("/wp/v2/users", ""),
];

const ROLES: [&str; 4] = ["editor", "author", "contributor", "subscriber"];

/// Removes what a site came with, and adds a user of each role.
pub(crate) fn prepare(server: &mut Server) {
    for (route, query) in LISTS {
        for _ in 0..20 {
            let list =
                server.request("GET", &format!("{route}?per_page=100&_fields=id&{query}"), "admin", &[], b"");
            let ids: Vec<_> = list
                .json()
                .unwrap_or_default()
                .as_array()
                .into_iter()
                .flatten()
                .map(|item| item["id"].clone())
                .collect();
            // The first user and the default category stay.
            let ids: Vec<_> = ids
                .into_iter()
                .filter(|id| *id != 1 || !(route.ends_with("users") || route.ends_with("categories")))
                .collect();
            if ids.is_empty() {
                break;
            }
            for id in ids {
                server.request("DELETE", &format!("{route}/{id}?force=true&reassign=1"), "admin", &[], b"");
            }
        }
    }
    let post = |server: &Server, route: &str, body: &Value| -> Value {
        let json = [("Content-Type".to_owned(), "application/json".to_owned())];
        let response = server.request("POST", route, "admin", &json, body.to_string().as_bytes());
        assert_eq!(response.status, 201, "{route}: {}", response.text());
        response.json().unwrap()
    };
    server.names.insert("admin".to_owned(), "1".to_owned());
    server.names.insert("cat_default".to_owned(), "1".to_owned());
    for role in ROLES {
        let user = json!({
            "username": role, "email": format!("{role}@example.org"), "password": "password", "roles": [role],
        });
        let id = post(server, "/wp/v2/users", &user)["id"].to_string();
        let route = format!("/wp/v2/users/{id}/application-passwords");
        let password =
            post(server, &route, &json!({ "name": "drift" }))["password"].as_str().unwrap().to_owned();
        server.passwords.insert(role.to_owned(), password);
        server.names.insert(role.to_owned(), id);
    }
}
