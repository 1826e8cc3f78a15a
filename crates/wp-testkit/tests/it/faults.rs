//! Misconfigured sites, and servers in front of them, against recorded responses.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use wp_testkit::{CacheKey, Firewall, MiniOrange, Noise, Permalinks, Plugin, StandIn};

use crate::client::{call, raw};

const ME: &str = "GET /wp/v2/users/me?_fields=id";

#[tokio::test]
async fn application_passwords_can_be_disabled() {
    let site = StandIn::builder().application_passwords(false).start().await;
    let index = call(&site, "GET /?_fields=authentication").send().await;
    assert_eq!(index.text, r#"{"authentication":[]}"#);
    let password = site.application_password("admin");
    let me = call(&site, ME).basic("admin", &password).send().await;
    assert_eq!(me.error(), (401, "rest_not_logged_in".into()));
    assert_eq!(call(&site, "GET /wp/v2/posts").basic("admin", &password).send().await.status, 200);
    let route = "/wp/v2/users/me/application-passwords";
    for line in [format!("GET {route}"), format!("DELETE {route}"), format!("GET {route}/introspect")] {
        let reply = call(&site, &line).by(&site, "admin").send().await;
        assert_eq!(reply.error(), (501, "application_passwords_disabled".into()), "{line}");
    }
}

#[tokio::test]
async fn cache_serves_the_first_response_to_all_users() {
    let site = StandIn::builder().cache(CacheKey::Url).start().await;
    site.set_now(1_795_369_851);
    let token = site.token("admin");
    let first = call(&site, ME).send().await;
    assert_eq!((first.status, first.header("X-Cache"), first.header("Age")), (401, Some("MISS"), None));
    site.advance(Duration::from_secs(7));
    let second = call(&site, ME).bearer(&token).send().await;
    assert_eq!(
        (second.status, second.header("X-Cache"), second.header("Age")),
        (401, Some("HIT"), Some("7"))
    );
    assert_eq!(second.text, first.text);
    assert_eq!(second.header("Allow"), first.header("Allow"));
    // Another query is another cache entry, filled by its first request.
    let unique = format!("{ME}&x=1");
    assert_eq!(call(&site, &unique).bearer(&token).send().await.status, 200);
    let stranger = call(&site, &unique).send().await;
    assert_eq!((stranger.status, stranger.text.as_str()), (200, r#"{"id":1}"#));
    // Only reading is cached, and writing clears nothing.
    let list = "GET /wp/v2/tags?_fields=id&search=fresh";
    assert_eq!(call(&site, list).send().await.text, "[]");
    for name in ["fresh", "fresher"] {
        let made = call(&site, "POST /wp/v2/tags").by(&site, "admin").json(&json!({ "name": name }));
        let made = made.send().await;
        assert_eq!((made.status, made.header("X-Cache")), (201, None));
    }
    assert_eq!(call(&site, list).send().await.text, "[]");
    assert_eq!(raw(&site, "GET /").send().await.header("X-Cache"), Some("MISS"));
    assert_eq!(raw(&site, "GET /").send().await.header("X-Cache"), Some("HIT"));
    assert_eq!(site.count("GET", "/wp/v2/users/me"), 4);
}

#[tokio::test]
async fn site_clock_can_be_wrong() {
    let hour = Duration::from_secs(3600);
    let right = StandIn::start().await.now();
    for (ahead, off) in [(true, 3600), (false, -3600)] {
        let site = StandIn::builder().clock_offset(hour, ahead).start().await;
        assert!((site.now() - right - off).abs() < 60);
        let body = json!({ "username": "admin", "password": "password" });
        let reply = call(&site, "POST /jwt-auth/v1/token").json(&body).send().await;
        let token = reply.json()["token"].as_str().unwrap().to_owned();
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&payload).unwrap();
        let issued = claims["iat"].as_i64().unwrap();
        assert!((issued - right - off).abs() < 60);
        assert_eq!(claims["exp"].as_i64().unwrap() - issued, 604_800);
        site.set_now(site.now());
        assert_eq!(call(&site, ME).bearer(&token).send().await.status, 200);
    }
    let site = StandIn::builder().clock_offset(Duration::MAX, false).start().await;
    assert_eq!(call(&site, "GET /?_fields=name").send().await.status, 200);
}

#[tokio::test]
async fn issuer_differs_from_the_requested_url() {
    let body = json!({ "username": "admin", "password": "password" });
    let issuer = "https://elsewhere.example/site2";
    for plugin in [Plugin::JwtAuth, Plugin::UsefulTeam] {
        let site = StandIn::builder().plugin(plugin.clone()).issuer(issuer).start().await;
        let index = call(&site, "GET /?_fields=url,home").send().await.json();
        assert_eq!(index, json!({ "url": issuer, "home": issuer }));
        let login = call(&site, "POST /jwt-auth/v1/token").json(&body).send().await;
        let data = login.json();
        let token = data["token"].as_str().or_else(|| data["data"]["token"].as_str()).unwrap().to_owned();
        let validate = call(&site, "POST /jwt-auth/v1/token/validate").bearer(&token).send().await;
        assert_eq!(validate.json()["code"], "jwt_auth_bad_iss");
        let me = call(&site, ME).bearer(&token).send().await;
        let expected = match plugin {
            Plugin::JwtAuth => (403, "jwt_auth_bad_iss"),
            _ => (401, "rest_not_logged_in"),
        };
        assert_eq!(me.error(), (expected.0, expected.1.into()));
    }
    // API Bearer Auth compares hosts, and takes one scheme for the other.
    let login = "POST /api-bearer-auth/v1/login";
    let plugin = Plugin::ApiBearerAuth { jwt: false };
    let site = StandIn::builder().plugin(plugin.clone()).issuer(issuer).start().await;
    let closed = call(&site, login).json(&body).send().await;
    assert_eq!(closed.error(), (401, "api_bearer_auth_not_logged_in".into()));
    assert_eq!(call(&site, ME).by(&site, "admin").send().await.status, 200);
    let site = StandIn::builder().plugin(plugin).issuer("https://www.example").start().await;
    let behind_tls = call(&site, login).host("www.example").json(&body).send().await;
    assert_eq!(behind_tls.status, 200);
}

#[tokio::test]
async fn firewall_blocks_verbs_and_raw_bodies() {
    let site = StandIn::builder().firewall(Firewall::Verbs).start().await;
    let page = "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"http://www.w3.org/TR/html4/strict.dtd\">\n\
                <html><head>\n<title>403 Forbidden</title>\n</head><body>\n<h1>Forbidden</h1>\n\
                <p>You don't have permission to access this resource.</p>\n</body></html>\n";
    assert_eq!(page.len(), 239);
    let blocked = [
        call(&site, "PUT /wp/v2/posts/5").json(&json!({})),
        call(&site, "PATCH /wp/v2/posts/5").json(&json!({})),
        call(&site, "DELETE /wp/v2/posts/999999"),
        call(&site, "POST /wp/v2/media").text("image/png", "x"),
        call(&site, "POST /wp/v2/media").text("application/octet-stream", "x"),
        call(&site, "POST /wp/v2/posts").text("text/plain", "x"),
    ];
    for asked in blocked {
        let reply = asked.by(&site, "admin").send().await;
        assert_eq!((reply.status, reply.text.as_str()), (403, page));
        assert_eq!(reply.header("Content-Type"), Some("text/html; charset=iso-8859-1"));
        assert!(reply.header("Server").unwrap().starts_with("Apache"));
        assert_eq!((reply.header("Link"), reply.header("X-Robots-Tag")), (None, None));
    }
    let posted = json!({ "title": "a firewall's friend" });
    let made = call(&site, "POST /wp/v2/posts").by(&site, "admin").json(&posted).send().await;
    assert_eq!(made.status, 201);
    let item = format!("POST /wp/v2/posts/{}", made.json()["id"]);
    let form = "application/x-www-form-urlencoded; charset=UTF-8";
    assert_eq!(call(&site, &item).by(&site, "admin").text(form, "title=x").send().await.status, 200);
    let override_ = call(&site, &item).by(&site, "admin").header("X-HTTP-Method-Override", "DELETE");
    let gone = override_.send().await;
    assert_eq!((gone.status, &gone.json()["status"]), (200, &json!("trash")));
    assert_eq!(call(&site, "OPTIONS /wp/v2/posts").send().await.status, 200);
}

#[tokio::test]
async fn firewall_challenges_every_api_request() {
    let site = StandIn::builder().firewall(Firewall::Everything).start().await;
    for target in ["GET /wp-json/", "GET /?rest_route=/", "POST /wp-json/jwt-auth/v1/token"] {
        let reply = raw(&site, target).send().await;
        assert_eq!((reply.status, reply.header("Cf-Mitigated")), (403, Some("challenge")), "{target}");
        assert!(reply.header("Content-Type").unwrap().starts_with("text/html"));
    }
    let home = raw(&site, "GET /").send().await;
    assert_eq!((home.status, home.header("Link").is_some()), (200, true));
}

#[tokio::test]
async fn moved_site_redirects_every_request() {
    let site = StandIn::builder().redirect_to("https://www.example.org/").start().await;
    for (target, location) in [
        ("GET /", "https://www.example.org/"),
        ("HEAD /", "https://www.example.org/"),
        ("GET /wp-json/wp/v2/posts?page=2&x=%20", "https://www.example.org/wp-json/wp/v2/posts?page=2&x=%20"),
        ("POST /wp-json/jwt-auth/v1/token", "https://www.example.org/wp-json/jwt-auth/v1/token"),
    ] {
        let reply = raw(&site, target).send().await;
        assert_eq!((reply.status, reply.header("Location")), (301, Some(location)), "{target}");
        assert_eq!((reply.header("Content-Type"), reply.header("Link")), (Some("text/html"), None));
    }
    assert_eq!(site.count("POST", "/jwt-auth/v1/token"), 1);
}

#[tokio::test]
async fn the_api_is_found_without_the_link_header() {
    for (permalinks, root) in [
        (Permalinks::Pretty, "/wp-json/"),
        (Permalinks::Index, "/index.php/wp-json/"),
        (Permalinks::Plain, "/index.php?rest_route=/"),
    ] {
        let site = StandIn::builder().permalinks(permalinks).link_header(false).start().await;
        let url = site.url();
        for target in ["GET /", "HEAD /", "GET /index.php"] {
            let home = raw(&site, target).send().await;
            assert_eq!((home.status, home.header("Link")), (200, None));
        }
        let home = raw(&site, "GET /").send().await.text;
        assert!(home.contains(&format!("<link rel=\"https://api.w.org/\" href=\"{url}{root}\" />")));
        let rsd = format!(
            "<link rel=\"EditURI\" type=\"application/rsd+xml\" title=\"RSD\" href=\"{url}/xmlrpc.php?rsd\" />"
        );
        assert!(home.contains(&rsd));
        let reply = raw(&site, "GET /xmlrpc.php?rsd").send().await;
        assert_eq!((reply.status, reply.header("Content-Type")), (200, Some("text/xml; charset=UTF-8")));
        let expected = format!(
            r#"<?xml version="1.0" encoding="UTF-8"?><rsd version="1.0" xmlns="http://archipelago.phrasewise.com/rsd">
	<service>
		<engineName>WordPress</engineName>
		<engineLink>https://wordpress.org/</engineLink>
		<homePageLink>{url}</homePageLink>
		<apis>
			<api name="WordPress" blogID="1" preferred="true" apiLink="{url}/xmlrpc.php" />
			<api name="Movable Type" blogID="1" preferred="false" apiLink="{url}/xmlrpc.php" />
			<api name="MetaWeblog" blogID="1" preferred="false" apiLink="{url}/xmlrpc.php" />
			<api name="Blogger" blogID="1" preferred="false" apiLink="{url}/xmlrpc.php" />
				<api name="WP-API" blogID="1" preferred="false" apiLink="{url}{root}" />
			</apis>
	</service>
</rsd>
	"#
        );
        assert_eq!(reply.text, expected);
        // The API itself goes on naming its root.
        let index = raw(&site, "GET /?rest_route=/&_fields=name").send().await;
        assert!(index.header("Link").is_some());
        assert_eq!(raw(&site, "GET /xmlrpc.php").send().await.status, 405);
    }
}

#[tokio::test]
async fn php_output_surrounds_every_response() {
    for (noise, before, after) in [
        (Noise::Bom, "\u{feff}", ""),
        (Noise::NoticeBefore, "<br />\n<b>Warning</b>:  ", ""),
        (Noise::CommentAfter, "", " -->"),
    ] {
        let site = StandIn::builder().noise(noise).start().await;
        let posts = call(&site, "GET /wp/v2/posts?per_page=1&_fields=id").send().await;
        assert_eq!((posts.status, posts.header("X-WP-Total")), (200, Some("25")));
        assert_eq!(posts.header("Content-Type"), Some("application/json; charset=UTF-8"));
        assert!(posts.text.starts_with(before) && posts.text.ends_with(after), "{}", posts.text);
        assert!(posts.text.contains(r#"[{"id":27}]"#), "{}", posts.text);
        assert!(serde_json::from_str::<Value>(&posts.text).is_err());
        // Errors, and what a plugin says before the API starts.
        let nope = call(&site, "GET /nope").send().await;
        assert_eq!(nope.status, 404);
        assert!(nope.text.starts_with(before) && nope.text.ends_with(after));
        let closed = Plugin::MiniOrange(MiniOrange::Unset);
        let closed = StandIn::builder().plugin(closed).noise(noise).start().await;
        let shut = call(&closed, "GET /").send().await;
        assert!(shut.status == 403 && shut.text.starts_with(before) && shut.text.ends_with(after));
        assert!(raw(&site, "GET /").send().await.text.starts_with("<!DOCTYPE html>"));
    }
}

#[tokio::test]
async fn cache_by_path_ignores_user_and_query() {
    let site = StandIn::builder().cache(CacheKey::Path).start().await;
    let me = |query: &str| call(&site, &format!("GET /wp/v2/users/me?{query}"));
    let editor = me("a=1").by(&site, "editor").header("Cache-Control", "no-store").send().await;
    assert_eq!((editor.status, editor.header("X-Cache")), (200, Some("MISS")));
    for call in
        [me("b=2").by(&site, "author"), me("c=3"), me("d=4").header("Cache-Control", "no-cache, no-store")]
    {
        let reply = call.send().await;
        assert_eq!((reply.status, reply.header("X-Cache")), (200, Some("HIT")));
        assert_eq!(reply.text, editor.text);
    }
    let head = call(&site, "HEAD /wp/v2/users/me").send().await;
    assert_eq!((head.status, head.header("X-Cache"), head.text.as_str()), (200, Some("HIT"), ""));
    // What a HEAD found is a GET's as well, errors too.
    assert_eq!(call(&site, "HEAD /wp/v2/posts/999").send().await.status, 404);
    let post = call(&site, "GET /wp/v2/posts/999?x").send().await;
    assert_eq!(
        (post.header("X-Cache"), post.json()["code"].clone()),
        (Some("HIT"), "rest_post_invalid_id".into())
    );
    // A POST gets past it, and leaves nothing in it.
    let post =
        |login| call(&site, "POST /wp/v2/users/me").by(&site, login).header("X-HTTP-Method-Override", "GET");
    for (login, id) in [("author", 3), ("editor", 2)] {
        let reply = post(login).send().await;
        assert_eq!((reply.status, &reply.json()["id"], reply.header("X-Cache")), (200, &json!(id), None));
    }
    site.set_cache(None);
    assert_eq!(me("a=1").send().await.status, 401);
    site.set_cache(CacheKey::Url);
    assert_eq!(me("a=1").by(&site, "editor").send().await.status, 200);
    assert_eq!(me("a=1").send().await.status, 200);
    assert_eq!(me("a=2").send().await.status, 401);
    assert_eq!(call(&site, "HEAD /wp/v2/users/me?a=1").send().await.status, 401);
}

#[tokio::test]
async fn a_method_override_is_honoured_unless_the_server_drops_it() {
    let site = StandIn::start().await;
    let me =
        || call(&site, "POST /wp/v2/users/me").by(&site, "editor").header("X-HTTP-Method-Override", "get");
    let form = "application/x-www-form-urlencoded";
    let read = me().text(form, "name=Changed").send().await;
    assert_eq!((read.status, &read.json()["name"]), (200, &json!("Editor User")));
    let fields = me().text(form, "_fields=id").send().await;
    assert!(fields.json()["name"].is_string(), "a form body is not read for a GET");
    assert_eq!(me().json(&json!({ "_fields": "id" })).send().await.text, r#"{"id":2}"#);
    let gone =
        call(&site, "POST /wp/v2/posts/3").by(&site, "admin").header("X-HTTP-Method-Override", "DELETE");
    assert_eq!(gone.send().await.json()["status"], "trash");
    let by_query = call(&site, "POST /wp/v2/users/me?_method=GET").by(&site, "editor");
    let by_query = by_query.header("X-HTTP-Method-Override", "PUT").text(form, "name=Changed").send().await;
    assert_eq!(by_query.json()["name"], "Editor User");

    site.set_drop_method_override(true);
    let changed = me().text(form, "name=Changed").send().await;
    assert_eq!((changed.status, &changed.json()["name"]), (200, &json!("Changed")));
    assert_eq!(call(&site, "POST /wp/v2/users/me?_method=GET").by(&site, "editor").send().await.status, 200);
    let site = StandIn::builder().drop_method_override(true).start().await;
    let no_route = call(&site, "POST /wp/v2").header("X-HTTP-Method-Override", "GET").send().await;
    assert_eq!(no_route.error(), (404, "rest_no_route".into()));
}
