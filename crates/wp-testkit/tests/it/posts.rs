//! `/wp/v2/posts`, against recorded responses.

use serde_json::{Value, json};
use wp_testkit::StandIn;

use crate::client::{Reply, call, keys};

const VIEW: &str = "id date date_gmt guid modified modified_gmt slug status type link title content excerpt author \
    featured_media comment_status ping_status sticky template format meta categories tags class_list \
    _links";
const EDIT: &str = "id date date_gmt guid modified modified_gmt password slug status type link title content excerpt \
    author featured_media comment_status ping_status sticky template format meta categories tags \
    permalink_template generated_slug class_list _links";

async fn create(site: &StandIn, login: &str, body: Value) -> Reply {
    call(site, "POST /wp/v2/posts").by(site, login).json(&body).send().await
}

/// The one hidden post of a status.
async fn hidden(site: &StandIn, status: &str) -> u64 {
    let route = format!("GET /wp/v2/posts?status={status}&_fields=id");
    let found = call(site, &route).by(site, "admin").send().await.ids();
    assert_eq!(found.len(), 1, "{status}");
    found[0]
}

#[tokio::test]
async fn post_has_the_recorded_shape() {
    let site = StandIn::start().await;
    let url = site.url();
    let reply = call(&site, "GET /wp/v2/posts/8").send().await;
    let link = format!("{url}/2024/01/01/post-6/");
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("Link").unwrap(), format!("<{link}>; rel=\"alternate\"; type=text/html"));
    assert_eq!(reply.header("Allow"), Some("GET"));
    assert_eq!(reply.keys().join(" "), VIEW);
    let rest = format!("{url}/wp-json/wp/v2");
    let text = "Body of post 6, lorem ipsum &amp; &#8220;dolor&#8221;.";
    let expected = json!({
        "id": 8,
        "date": "2024-01-01T06:00:00",
        "date_gmt": "2024-01-01T06:00:00",
        "guid": { "rendered": link },
        "modified": "2024-01-01T06:00:00",
        "modified_gmt": "2024-01-01T06:00:00",
        "slug": "post-6",
        "status": "publish",
        "type": "post",
        "link": link,
        "title": { "rendered": "Post 6" },
        "content": { "rendered": format!("<p class=\"wp-block-paragraph\">{text}</p>"), "protected": false },
        "excerpt": { "rendered": format!("<p>{text}</p>\n"), "protected": false },
        "author": 1,
        "featured_media": 0,
        "comment_status": "open",
        "ping_status": "open",
        "sticky": false,
        "template": "",
        "format": "standard",
        "meta": { "footnotes": "" },
        "categories": [8],
        "tags": [17],
        "class_list": [
            "post-8", "post", "type-post", "status-publish", "format-standard", "hentry",
            "category-category-7", "tag-tag-7",
        ],
        "_links": {
            "self": [{ "href": format!("{rest}/posts/8"), "targetHints": { "allow": ["GET"] } }],
            "collection": [{ "href": format!("{rest}/posts") }],
            "about": [{ "href": format!("{rest}/types/post") }],
            "author": [{ "embeddable": true, "href": format!("{rest}/users/1") }],
            "replies": [{ "embeddable": true, "href": format!("{rest}/comments?post=8") }],
            "version-history": [{ "count": 0, "href": format!("{rest}/posts/8/revisions") }],
            "wp:attachment": [{ "href": format!("{rest}/media?parent=8") }],
            "wp:term": [
                { "taxonomy": "category", "embeddable": true, "href": format!("{rest}/categories?post=8") },
                { "taxonomy": "post_tag", "embeddable": true, "href": format!("{rest}/tags?post=8") },
            ],
            "curies": [{ "name": "wp", "href": "https://api.w.org/{rel}", "templated": true }],
        },
    });
    assert_eq!(reply.json(), expected);
    // PHP escapes its slashes.
    assert!(reply.text.contains(r"\/2024\/01\/01\/post-6\/"));

    let embed = call(&site, "GET /wp/v2/posts/8?context=embed").send().await;
    assert_eq!(
        embed.keys(),
        ["id", "date", "slug", "type", "link", "title", "excerpt", "author", "featured_media", "_links"]
    );
    let edit = call(&site, "GET /wp/v2/posts/8?context=edit").by(&site, "admin").send().await;
    assert_eq!(edit.keys().join(" "), EDIT);
    assert_eq!(edit.header("Allow"), Some("GET, POST, PUT, PATCH, DELETE"));
    let cached = edit.header("Cache-Control");
    assert_eq!(cached, Some("no-cache, must-revalidate, max-age=0, no-store, private"));
}

#[tokio::test]
async fn list_pages_have_total_headers() {
    let site = StandIn::start().await;
    let root = format!("{}/wp-json", site.url());
    let rest = format!("{root}/wp/v2/posts");
    let link = |page: u32, rel: &str, query: &str| format!("<{rest}?{query}page={page}>; rel=\"{rel}\"");
    for (query, status, count, total, pages, links) in [
        ("", 200, 10, "25", "3", link(2, "next", "")),
        ("?page=3", 200, 5, "25", "3", link(2, "prev", "")),
        ("?per_page=25", 200, 25, "25", "1", format!("<{root}/>; rel=\"https://api.w.org/\"")),
        (
            "?page=2&per_page=5&_fields=id",
            200,
            5,
            "25",
            "5",
            format!(
                "<{rest}?page=1&per_page=5&_fields=id>; rel=\"prev\", <{rest}?page=3&per_page=5&_fields=id>; \
                 rel=\"next\""
            ),
        ),
        ("?search=zzzzqqq&page=2", 200, 0, "0", "0", link(0, "prev", "search=zzzzqqq&")),
        ("?offset=1000", 200, 0, "0", "0", format!("<{root}/>; rel=\"https://api.w.org/\"")),
        ("?offset=23&per_page=5", 200, 2, "25", "5", link(2, "next", "offset=23&per_page=5&")),
        (
            "?include=3,4,9999&per_page=1",
            200,
            1,
            "2",
            "2",
            link(2, "next", "include%5B0%5D=3&include%5B1%5D=4&include%5B2%5D=9999&per_page=1&"),
        ),
    ] {
        let reply = call(&site, &format!("GET /wp/v2/posts{query}")).send().await;
        assert_eq!(reply.status, status, "{query}");
        assert_eq!(reply.json().as_array().unwrap().len(), count, "{query}");
        assert_eq!(reply.header("X-WP-Total"), Some(total), "{query}");
        assert_eq!(reply.header("X-WP-TotalPages"), Some(pages), "{query}");
        assert_eq!(reply.header("Link").unwrap(), links, "{query}");
    }
    let beyond = call(&site, "GET /wp/v2/posts?page=4").send().await;
    assert_eq!(beyond.error(), (400, "rest_post_invalid_page_number".into()));
    assert_eq!(beyond.header("X-WP-Total"), None);
    assert_eq!(beyond.header("Allow"), Some("GET"));

    let head = call(&site, "HEAD /wp/v2/posts?per_page=5").send().await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.header("X-WP-Total"), Some("25"));
    assert_eq!(head.header("X-WP-TotalPages"), Some("5"));
    let head = call(&site, "HEAD /wp/v2/posts?per_page=101").send().await;
    assert_eq!((head.status, head.text.as_str()), (400, ""));
}

#[tokio::test]
async fn invalid_parameters_are_listed() {
    let site = StandIn::start().await;
    let bounds = "per_page must be between 1 (inclusive) and 100 (inclusive)";
    let orders = "orderby is not one of author, date, id, include, modified, parent, relevance, slug, \
                  include_slugs, and title.";
    let formats = "format[0] is not one of standard, aside, chat, gallery, link, image, quote, status, \
                   video, and audio.";
    for (query, name, code, message, data) in [
        ("per_page=101", "per_page", "rest_out_of_bounds", bounds, Value::Null),
        ("per_page=-1", "per_page", "rest_out_of_bounds", bounds, Value::Null),
        ("page=0", "page", "rest_out_of_bounds", "page must be greater than or equal to 1", Value::Null),
        ("page=abc", "page", "rest_invalid_type", "page is not of type integer.", json!({ "param": "page" })),
        ("orderby=zz", "orderby", "rest_not_in_enum", orders, Value::Null),
        (
            "search=zz&search_semantics=zz",
            "search_semantics",
            "rest_not_in_enum",
            "search_semantics is not exact.",
            Value::Null,
        ),
        ("format=zz", "format", "rest_not_in_enum", formats, Value::Null),
        (
            "include[]=",
            "include",
            "rest_invalid_type",
            "include[0] is not of type integer.",
            json!({ "param": "include[0]" }),
        ),
        (
            "sticky=yes",
            "sticky",
            "rest_invalid_type",
            "sticky is not of type boolean.",
            json!({ "param": "sticky" }),
        ),
        (
            "ignore_sticky",
            "ignore_sticky",
            "rest_invalid_type",
            "ignore_sticky is not of type boolean.",
            json!({ "param": "ignore_sticky" }),
        ),
        ("status=draft", "status", "rest_forbidden_status", "Status is forbidden.", json!({ "status": 401 })),
    ] {
        let reply = call(&site, &format!("GET /wp/v2/posts?{query}")).send().await;
        let expected = json!({
            "code": "rest_invalid_param",
            "message": format!("Invalid parameter(s): {name}"),
            "data": {
                "status": 400,
                "params": { name: message },
                "details": { name: { "code": code, "message": message, "data": data } },
            },
        });
        assert_eq!(reply.json(), expected, "{query}");
        assert_eq!(reply.status, 400);
    }
    let as_subscriber = call(&site, "GET /wp/v2/posts?status=draft").by(&site, "subscriber").send().await;
    assert_eq!(as_subscriber.json()["data"]["details"]["status"]["data"], json!({ "status": 403 }));
    let relevance = call(&site, "GET /wp/v2/posts?orderby=relevance").send().await;
    assert_eq!(relevance.error(), (400, "rest_no_search_term_defined".into()));

    let body = json!({
        "title": 123, "tags": "abc", "categories": [1, "x"], "sticky": "perhaps", "author": "me",
    });
    let reply = create(&site, "admin", body).await;
    let body = reply.json();
    // `meta` aside, the order is the schema's, not the body's.
    assert_eq!(body["message"], "Invalid parameter(s): author, sticky, categories, tags");
    assert_eq!(body["data"]["params"]["categories"], "categories[1] is not of type integer.");
    assert_eq!(body["data"]["details"]["tags"]["data"], json!({ "param": "tags[0]" }));
}

#[tokio::test]
async fn lists_filter_and_sort() {
    let site = StandIn::start().await;
    for (query, expected) in [
        ("per_page=3", vec![27, 26, 25]),
        ("per_page=2&order=asc", vec![3, 4]),
        ("orderby=title&order=asc&per_page=3", vec![3, 12, 13]),
        ("include=5,3,4&orderby=include", vec![5, 3, 4]),
        ("include[]=5&include[]=3", vec![5, 3]),
        ("include=&per_page=1", vec![27]),
        ("slug=post-6,post-7", vec![9, 8]),
        ("author=2&per_page=2", vec![27, 24]),
        ("categories=8&per_page=100", vec![26, 17, 8]),
        ("categories[terms]=8&per_page=100", vec![26, 17, 8]),
        ("tags=17&exclude=8", vec![23]),
        ("search=%22post+6%22", vec![8]),
        ("after=2024-01-02T00:30:00&per_page=5", vec![27]),
        ("before=2024-01-01T03:00:00", vec![4, 3]),
        ("before=2024-01-01T03:00:00%2B01:00", vec![3]),
        ("zzz=1&per_page=1", vec![27]),
    ] {
        let reply = call(&site, &format!("GET /wp/v2/posts?{query}&_fields=id")).send().await;
        assert_eq!(reply.ids(), expected, "{query}");
    }
    let by_body = call(&site, "GET /wp/v2/posts?_fields=id").json(&json!({ "per_page": 2 })).send().await;
    assert_eq!(by_body.ids(), [27, 26]);
}

#[tokio::test]
async fn fields_parameter_selects_like_wordpress() {
    let site = StandIn::start().await;
    let get = async |query: &str| call(&site, &format!("GET /wp/v2/posts{query}")).send().await;
    assert_eq!(get("/8?_fields=zz").await.json(), json!([]));
    assert_eq!(get("?per_page=2&_fields=zz").await.json(), json!([[], []]));
    let nested = get("/8?_fields=title.rendered,id").await;
    assert_eq!(nested.text, r#"{"id":8,"title":{"rendered":"Post 6"}}"#);
    // A single item comes with all of its links, the items of a list only with the one named.
    let links = get("/8?_fields=_links.self").await.json();
    assert!(keys(&links["_links"]).len() > 5);
    let links = get("?per_page=1&_fields=id,_links.self").await.json();
    assert_eq!(keys(&links[0]["_links"]), ["self"]);
    assert_eq!(keys(&get("/8?_fields[]=id&_fields[]=slug").await.json()), ["id", "slug"]);
}

#[tokio::test]
async fn a_new_post_comes_back_in_the_edit_context() {
    let site = StandIn::start().await;
    let url = site.url();
    let reply = create(
        &site,
        "admin",
        json!({
            "title": "T <b>x</b> &",
            "content": "<!-- wp:paragraph --><p>hi</p><!-- /wp:paragraph -->",
            "status": "publish",
            "excerpt": "ex",
            "categories": [1],
            "tags": [12],
        }),
    )
    .await;
    assert_eq!(reply.status, 201);
    assert_eq!(reply.keys().join(" "), EDIT);
    assert_eq!(reply.header("Allow"), Some("GET, POST"));
    let body = reply.json();
    let id = body["id"].as_u64().unwrap();
    assert_eq!(reply.header("Location").unwrap(), format!("{url}/wp-json/wp/v2/posts/{id}"));
    assert_eq!(body["slug"], "t-x");
    assert_eq!(body["title"], json!({ "raw": "T <b>x</b> &", "rendered": "T <b>x</b> &#038;" }));
    assert_eq!(
        body["content"],
        json!({
            "raw": "<!-- wp:paragraph --><p>hi</p><!-- /wp:paragraph -->",
            "rendered": "<p class=\"wp-block-paragraph\">hi</p>",
            "protected": false,
            "block_version": 1,
        })
    );
    let excerpt = json!({ "raw": "ex", "rendered": "<p>ex</p>\n", "protected": false });
    assert_eq!(body["excerpt"], excerpt);
    assert_eq!(body["generated_slug"], "t-x");
    let hints = &body["_links"]["self"][0]["targetHints"]["allow"];
    assert_eq!(*hints, json!(["GET", "POST", "PUT", "PATCH", "DELETE"]));
    assert!(body["permalink_template"].as_str().unwrap().ends_with("/%postname%/"));
    assert!(body["link"].as_str().unwrap().ends_with("/t-x/"));
    assert_eq!(body["guid"]["raw"], body["link"]);
    let expected: Vec<String> = [
        "self",
        "collection",
        "about",
        "author",
        "replies",
        "version-history",
        "wp:attachment",
        "wp:term",
        "wp:action-publish",
        "wp:action-unfiltered-html",
        "wp:action-sticky",
        "wp:action-assign-author",
        "wp:action-create-categories",
        "wp:action-assign-categories",
        "wp:action-create-tags",
        "wp:action-assign-tags",
        "curies",
    ]
    .map(str::to_owned)
    .to_vec();
    assert_eq!(keys(&body["_links"]), expected);

    let again = create(&site, "admin", json!({ "title": "T x", "status": "publish" })).await;
    assert_eq!(again.json()["slug"], "t-x-2");
    let form = call(&site, "POST /wp/v2/posts")
        .by(&site, "admin")
        .text("application/x-www-form-urlencoded", "title=form&status=draft&categories%5B%5D=1")
        .send()
        .await
        .json();
    assert_eq!((&form["slug"], &form["status"]), (&json!(""), &json!("draft")));
    assert_eq!(form["link"], format!("{url}/?p={}", form["id"]));
    assert_eq!(form["generated_slug"], "form");
    let untitled = create(&site, "admin", json!({ "title": null, "content": "x" })).await.json();
    assert_eq!(untitled["title"], json!({ "raw": "", "rendered": "" }));
    assert_eq!(untitled["content"]["rendered"], "<p>x</p>\n");
    let zoned = json!({ "title": "tz", "date": "2024-01-01T00:00:00+08:00" });
    let zoned = create(&site, "admin", zoned).await.json();
    assert_eq!(zoned["date_gmt"], "2023-12-31T16:00:00");
    assert_eq!(zoned["modified"], "2023-12-31T16:00:00");
    let later = json!({ "title": "later", "status": "publish", "date": "2099-01-01T00:00:00" });
    assert_eq!(create(&site, "admin", later).await.json()["status"], "future");
}

#[tokio::test]
async fn post_create_errors() {
    let site = StandIn::start().await;
    for (login, body, status, code, allow) in [
        ("admin", json!({}), 400, "empty_content", Some("GET, POST")),
        ("admin", json!({ "id": 8, "title": "x" }), 400, "rest_post_exists", Some("GET")),
        ("subscriber", json!({ "title": "x" }), 403, "rest_cannot_create", Some("GET")),
        (
            "contributor",
            json!({ "title": "x", "status": "publish" }),
            403,
            "rest_cannot_publish",
            Some("GET, POST"),
        ),
        (
            "contributor",
            json!({ "title": "x", "status": "private" }),
            403,
            "rest_cannot_publish",
            Some("GET, POST"),
        ),
        ("author", json!({ "title": "x", "author": 1 }), 403, "rest_cannot_edit_others", Some("GET")),
        ("author", json!({ "title": "x", "sticky": true }), 403, "rest_cannot_assign_sticky", Some("GET")),
        ("admin", json!({ "title": "x", "author": 999 }), 400, "rest_invalid_author", Some("GET, POST")),
        ("admin", json!({ "title": "x", "status": "zz" }), 400, "rest_invalid_param", Some("GET, POST")),
        ("admin", json!({ "title": "x", "date": "tomorrow" }), 400, "rest_invalid_param", Some("GET, POST")),
        (
            "admin",
            json!({ "title": "x", "sticky": true, "password": "p" }),
            400,
            "rest_invalid_field",
            Some("GET, POST"),
        ),
    ] {
        let reply = create(&site, login, body.clone()).await;
        assert_eq!(reply.error(), (status, code.to_owned()), "{login} {body}");
        assert_eq!(reply.header("Allow"), allow, "{login} {body}");
    }
    let stranger = call(&site, "POST /wp/v2/posts").json(&json!({ "title": "x" })).send().await;
    assert_eq!(stranger.error(), (401, "rest_cannot_create".into()));
    let broken = call(&site, "POST /wp/v2/posts").text("application/json", "{").send().await;
    assert_eq!(broken.error(), (400, "rest_invalid_json".into()));
    // Unknown ids are ignored.
    let loose = json!({ "title": "x", "categories": [999], "featured_media": 999, "link": "http://x" });
    let loose = create(&site, "admin", loose).await;
    assert_eq!((loose.status, &loose.json()["categories"]), (201, &json!([])));
    assert_eq!(create(&site, "contributor", json!({ "title": "x", "status": "pending" })).await.status, 201);
}

#[tokio::test]
async fn an_update_changes_only_what_it_names() {
    let site = StandIn::start().await;
    for (method, body, title) in [
        ("POST", json!({ "title": "one" }), "one"),
        ("PUT", json!({ "title": { "raw": "two" } }), "two"),
        ("PATCH", json!({ "excerpt": "e" }), "two"),
    ] {
        let reply =
            call(&site, &format!("{method} /wp/v2/posts/8")).by(&site, "editor").json(&body).send().await;
        let after = reply.json();
        assert_eq!(reply.status, 200);
        assert_eq!(after["title"]["raw"], title);
        assert_eq!((&after["slug"], &after["tags"]), (&json!("post-6"), &json!([17])));
        assert_eq!(after["date"], "2024-01-01T06:00:00");
        assert_ne!(after["modified"], "2024-01-01T06:00:00");
    }
    let links = call(&site, "GET /wp/v2/posts/8?_fields=_links").send().await.json();
    assert_eq!(links["_links"]["version-history"][0]["count"], 3);
    assert!(links["_links"]["predecessor-version"][0]["id"].is_u64());
    let read_only = json!({ "link": "http://x", "modified": "2020-01-01T00:00:00", "title": "t" });
    let reply = call(&site, "POST /wp/v2/posts/8?_fields=link").by(&site, "admin").json(&read_only);
    assert_eq!(reply.send().await.json()["link"], format!("{}/2024/01/01/post-6/", site.url()));
    let null = call(&site, "POST /wp/v2/posts/8?_fields=date,status").by(&site, "admin");
    let null = null.json(&json!({ "date": null })).send().await.json();
    assert_ne!(null["date"], "2024-01-01T06:00:00");
    assert_eq!(null["status"], "publish");
}

#[tokio::test]
async fn draft_gets_its_date_when_published() {
    let site = StandIn::start().await;
    site.set_now(1_795_369_851);
    let draft = create(&site, "author", json!({ "title": "d" })).await.json();
    assert_eq!(draft["date"], "2026-11-22T17:50:51");
    site.set_now(1_795_369_911);
    let route = format!("POST /wp/v2/posts/{}", draft["id"]);
    let publish = json!({ "status": "publish" });
    let published = call(&site, &route).by(&site, "author").json(&publish).send().await.json();
    assert_eq!(published["date"], "2026-11-22T17:51:51");
    assert_eq!(published["link"], format!("{}/2026/11/22/d/", site.url()));
    // From then on the date stays.
    site.set_now(1_795_370_000);
    let title = json!({ "title": "e" });
    let after = call(&site, &route).by(&site, "author").json(&title).send().await.json();
    assert_eq!((&after["date"], &after["slug"]), (&published["date"], &json!("d")));
}

#[tokio::test]
async fn untrashed_post_is_restored() {
    let site = StandIn::start().await;
    let ask = |line: &str| call(&site, line).by(&site, "admin");
    ask("DELETE /wp/v2/posts/8").send().await;
    let same = ask("POST /wp/v2/posts/8").json(&json!({ "status": "trash", "title": "t" })).send().await;
    assert_eq!((same.status, &same.json()["slug"]), (200, &json!("post-6__trashed")));
    let back = ask("POST /wp/v2/posts/8").json(&json!({ "status": "publish" })).send().await.json();
    assert_eq!((&back["slug"], &back["date"]), (&json!("post-6"), &json!("2024-01-01T06:00:00")));
}

#[tokio::test]
async fn delete_trashes_first() {
    let site = StandIn::start().await;
    let delete = async |query: &str| {
        call(&site, &format!("DELETE /wp/v2/posts/8{query}")).by(&site, "admin").send().await
    };
    let trashed = delete("").await;
    let body = trashed.json();
    assert_eq!((trashed.status, &body["status"]), (200, &json!("trash")));
    assert_eq!(body["slug"], "post-6__trashed");
    // Its first change of all, and so worth a revision.
    assert_eq!(body["_links"]["version-history"][0]["count"], 1);
    assert_eq!(body["permalink_template"], format!("{}/?p=8", site.url()));
    assert_eq!(body["guid"]["rendered"], format!("{}/2024/01/01/post-6/", site.url()));
    assert_eq!(trashed.header("Allow"), Some("GET, POST, PUT, PATCH, DELETE"));
    let again = delete("").await;
    assert_eq!(again.error(), (410, "rest_already_trashed".into()));
    assert_eq!(call(&site, "GET /wp/v2/posts/8").send().await.error(), (401, "rest_forbidden".into()));
    let gone = delete("?force=true").await;
    assert_eq!(gone.header("Allow"), None);
    let body = gone.json();
    assert_eq!((gone.status, &body["deleted"]), (200, &json!(true)));
    assert_eq!(body["previous"]["id"], 8);
    assert!(body["previous"].get("_links").is_none());
    assert_eq!(delete("?force=true").await.error(), (404, "rest_post_invalid_id".into()));

    let draft = hidden(&site, "draft").await;
    let reply = call(&site, &format!("DELETE /wp/v2/posts/{draft}")).by(&site, "admin").send().await;
    assert_eq!(reply.json()["slug"], "__trashed");
}

#[tokio::test]
async fn method_override_works_even_on_get() {
    let site = StandIn::start().await;
    let header = "X-HTTP-Method-Override";
    for (id, reply) in [
        (5, call(&site, "POST /wp/v2/posts/5?_method=DELETE")),
        (6, call(&site, "POST /wp/v2/posts/6").header(header, "DELETE")),
        (7, call(&site, "GET /wp/v2/posts/7").header(header, "DELETE")),
    ] {
        let body = reply.by(&site, "admin").send().await.json();
        assert_eq!((&body["id"], &body["status"]), (&json!(id), &json!("trash")));
    }
}

#[tokio::test]
async fn permissions_depend_on_role_author_and_status() {
    let site = StandIn::start().await;
    let (draft, private) = (hidden(&site, "draft").await, hidden(&site, "private").await);
    let own = call(&site, "GET /wp/v2/posts?author=3&per_page=1&_fields=id").send().await.ids()[0];
    let others = 8;
    for (login, line, status, code) in [
        ("", format!("GET /wp/v2/posts/{draft}"), 401, "rest_forbidden"),
        ("subscriber", format!("GET /wp/v2/posts/{private}"), 403, "rest_forbidden"),
        ("author", format!("GET /wp/v2/posts/{draft}"), 200, ""),
        ("contributor", format!("GET /wp/v2/posts/{draft}"), 403, "rest_forbidden"),
        ("editor", format!("GET /wp/v2/posts/{private}"), 200, ""),
        ("author", format!("GET /wp/v2/posts/{private}"), 403, "rest_forbidden"),
        ("", format!("GET /wp/v2/posts/{others}?context=edit"), 401, "rest_forbidden_context"),
        ("", "GET /wp/v2/posts?context=edit".into(), 401, "rest_forbidden_context"),
        ("subscriber", "GET /wp/v2/posts?context=edit".into(), 403, "rest_forbidden_context"),
        ("author", format!("POST /wp/v2/posts/{others}"), 403, "rest_cannot_edit"),
        ("author", format!("POST /wp/v2/posts/{own}"), 200, ""),
        ("editor", format!("POST /wp/v2/posts/{others}"), 200, ""),
        ("", format!("DELETE /wp/v2/posts/{others}"), 401, "rest_cannot_delete"),
        ("author", format!("DELETE /wp/v2/posts/{others}"), 403, "rest_cannot_delete"),
        ("author", format!("DELETE /wp/v2/posts/{own}"), 200, ""),
        ("", "GET /wp/v2/posts/2".into(), 404, "rest_post_invalid_id"),
        ("", "GET /wp/v2/posts/999999999999999999999999".into(), 404, "rest_post_invalid_id"),
        ("", "GET /wp/v2/posts/abc".into(), 404, "rest_no_route"),
    ] {
        let asked = call(&site, &line);
        let asked = if login.is_empty() { asked } else { asked.by(&site, login) };
        let reply = asked.send().await;
        if code.is_empty() {
            assert_eq!(reply.status, status, "{login} {line} {}", reply.text);
        } else {
            assert_eq!(reply.error(), (status, code.to_owned()), "{login} {line}");
        }
    }
    // The drafts of others are counted, but not shown.
    let drafts = call(&site, "GET /wp/v2/posts?status=draft").by(&site, "contributor").send().await;
    assert_eq!((drafts.header("X-WP-Total"), drafts.text.as_str()), (Some("1"), "[]"));
}

#[tokio::test]
async fn post_password_hides_the_content() {
    let site = StandIn::start().await;
    let body = json!({ "title": "Protected", "content": "secret", "status": "publish", "password": "pw" });
    let id = create(&site, "admin", body).await.json()["id"].clone();
    let get = async |query: &str| call(&site, &format!("GET /wp/v2/posts/{id}{query}")).send().await;
    let covered = get("").await.json();
    assert_eq!(covered["content"], json!({ "rendered": "", "protected": true }));
    assert!(covered["class_list"].as_array().unwrap().contains(&json!("post-password-required")));
    assert_eq!(get("?password=pw").await.json()["content"]["rendered"], "<p>secret</p>\n");
    assert_eq!(get("?password=no").await.error(), (403, "rest_post_incorrect_password".into()));
    let search = call(&site, "GET /wp/v2/posts?search=Protected").send().await;
    assert_eq!(search.header("X-WP-Total"), Some("0"));
}

#[tokio::test]
async fn sticky_posts_are_first_if_requested() {
    let site = StandIn::start().await;
    let reply = call(&site, "POST /wp/v2/posts/8").by(&site, "admin").json(&json!({ "sticky": true }));
    assert_eq!(reply.send().await.json()["sticky"], true);
    let list = async |query: &str| {
        call(&site, &format!("GET /wp/v2/posts?per_page=2&_fields=id&{query}")).send().await
    };
    assert_eq!(list("").await.ids(), [27, 26]);
    assert_eq!(list("sticky=true").await.ids(), [8]);
    let reply = list("ignore_sticky=false").await;
    assert_eq!((reply.ids(), reply.header("X-WP-Total")), (vec![8, 27, 26], Some("25")));
    // WordPress' own link can't be followed: the parameter lost its value.
    assert!(reply.header("Link").unwrap().contains("&ignore_sticky&page=2>"));
}

// The values of the next five tests were observed on WordPress 7.1.4; on 6.5.5 they are the same, where no comment says
// otherwise.

#[tokio::test]
async fn slugs_are_those_of_sanitize_title() {
    let site = StandIn::builder().posts(0).start().await;
    for (title, slug) in [
        ("“Curly” ‘quotes’ – dash — em… © £5 €6 × «a» 1\u{a0}2", "curly-quotes-dash-em-5-e6-x-a-1-2"),
        ("Łódź Ångström Tiếng Việt Straße Æ", "lodz-angstrom-tieng-viet-strase-ae"),
        ("Мир", "%d0%bc%d0%b8%d1%80"),
        ("a &amp; b &nbsp; c < d 50% off &mdash; e", "a-b-c-d-50-off-e"),
    ] {
        let post = create(&site, "admin", json!({ "title": title, "status": "publish" })).await.json();
        assert_eq!(post["slug"], slug, "{title}");
    }
    // What was read can be sent again.
    let sent = json!({ "title": "Мир", "slug": "%D0%BC%d0%b8%d1%80", "status": "publish" });
    let again = create(&site, "admin", sent).await.json();
    let shown = (&again["slug"], &again["generated_slug"]);
    assert_eq!(shown, (&json!("%d0%bc%d0%b8%d1%80-2"), &json!("мир-2")));
    // These are other addresses: of feeds, and of the pages of a page.
    let slug = async |base: &str, title: &str| {
        let made = call(&site, &format!("POST /wp/v2/{base}")).by(&site, "admin");
        made.json(&json!({ "title": title, "status": "publish" })).send().await.json()["slug"].clone()
    };
    assert_eq!((slug("posts", "Feed").await, slug("posts", "2024").await), (json!("feed-2"), json!("2024")));
    assert_eq!(
        (slug("pages", "2024").await, slug("pages", "Page 5").await),
        (json!("2024-2"), json!("page-5"))
    );
}

#[tokio::test]
async fn terms_and_classes_are_in_the_order_of_names() {
    let site = StandIn::builder().posts(0).start().await;
    let term = async |route: &str, name: &str| {
        let made =
            call(&site, &format!("POST /wp/v2/{route}")).by(&site, "admin").json(&json!({ "name": name }));
        made.send().await.json()["id"].clone()
    };
    let (zebra, ant) = (term("tags", "zebra").await, term("tags", "Ant").await);
    let (last, number) = (term("categories", "Z").await, term("categories", "5").await);
    let body = json!({
        "title": "x", "status": "publish", "format": "aside", "password": "p",
        "tags": [zebra, ant], "categories": [last, number],
    });
    let post = create(&site, "admin", body).await.json();
    assert_eq!((&post["tags"], &post["categories"]), (&json!([ant, zebra]), &json!([number, last])));
    // `class_list` came with 6.7. A class cannot be a number.
    let id = &post["id"];
    let expected = json!([
        format!("post-{id}"),
        "post",
        "type-post",
        "status-publish",
        "format-aside",
        "post-password-required",
        "hentry",
        format!("category-{number}"),
        "category-z",
        "tag-ant",
        "tag-zebra",
        "post_format-post-format-aside",
    ]);
    assert_eq!(post["class_list"], expected);
    let route = format!("GET /wp/v2/posts/{id}?context=edit&password=p");
    assert_eq!(call(&site, &route).by(&site, "admin").send().await.json()["class_list"], expected);
}

#[tokio::test]
async fn categories_may_be_empty_until_the_next_update() {
    let site = StandIn::builder().posts(0).start().await;
    for sent in [json!([]), json!([999_999])] {
        let post = create(&site, "admin", json!({ "title": "x", "categories": sent })).await.json();
        assert_eq!(post["categories"], json!([]), "{sent}");
        let route = format!("POST /wp/v2/posts/{}", post["id"]);
        let update =
            async |body: Value| call(&site, &route).by(&site, "admin").json(&body).send().await.json();
        assert_eq!(update(json!({ "title": "y" })).await["categories"], json!([1]));
        assert_eq!(update(json!({ "categories": [] })).await["categories"], json!([]));
    }
}

#[tokio::test]
async fn blocks_are_rendered_with_their_classes() {
    let site = StandIn::builder().posts(0).start().await;
    let raw = "<!-- wp:paragraph -->\n<p>A & B</p>\n<!-- /wp:paragraph -->\n\n\
               <!-- wp:paragraph {\"className\":\"own\"} -->\n<p class=\"own\">C</p>\n<!-- /wp:paragraph -->\n\n\
               <!-- wp:heading -->\n<h2 class=\"wp-block-heading\">D</h2>\n<!-- /wp:heading -->\n\n\
               <!-- wp:heading -->\n<h2>E</h2>\n<!-- /wp:heading -->";
    let post = create(&site, "admin", json!({ "title": "x", "content": raw })).await.json();
    // The class of paragraphs came with 7.0.
    let rendered = "\n<p class=\"wp-block-paragraph\">A &#038; B</p>\n\n\n\n\
                    <p class=\"own wp-block-paragraph\">C</p>\n\n\n\n\
                    <h2 class=\"wp-block-heading\">D</h2>\n\n\n\n<h2 class=\"wp-block-heading\">E</h2>\n";
    assert_eq!((&post["content"]["raw"], &post["content"]["rendered"]), (&json!(raw), &json!(rendered)));
}

#[tokio::test]
async fn html_of_authors_is_filtered() {
    let site = StandIn::builder().posts(0).start().await;
    let html = "<script>s</script><p onclick=\"x\" class=\"c\">P</p> a < \"b\" & c > d <!-- note --><unknown>u</unknown> < \"";
    let body =
        json!({ "title": "<b>B</b><h1>x</h1>", "content": html, "excerpt": "<em>e</em><iframe></iframe>" });
    let kept = create(&site, "editor", body.clone()).await.json();
    assert_eq!(kept["content"]["raw"], html);
    for login in ["author", "contributor"] {
        let post = create(&site, login, body.clone()).await.json();
        assert_eq!(post["title"]["raw"], "<b>B</b>x", "{login}");
        let filtered = "s<p class=\"c\">P</p> a  d <!-- note -->u &lt; &quot;";
        assert_eq!(
            (&post["content"]["raw"], &post["excerpt"]["raw"]),
            (&json!(filtered), &json!("<em>e</em>"))
        );
    }
    // What WordPress would write anew is refused.
    for html in [
        "<p style=\"color:red\">x</p>",
        "<a href='#'>x</a>",
        "<a href=\"javascript:x\">x</a>",
        "<!-- <b> -->",
    ] {
        let refused = create(&site, "author", json!({ "title": "x", "content": html })).await;
        assert_eq!(refused.error(), (501, "stand_in_not_served".into()), "{html}");
        assert_eq!(
            create(&site, "editor", json!({ "title": "x", "content": html })).await.status,
            201,
            "{html}"
        );
    }
}

#[tokio::test]
async fn page_cannot_be_below_itself() {
    let site = StandIn::builder().posts(0).start().await;
    let send = async |route: &str, body: Value| {
        call(&site, &format!("POST /wp/v2/{route}")).by(&site, "admin").json(&body).send().await.json()
    };
    let top = send("pages", json!({ "title": "Top", "status": "publish" })).await;
    let inner = send("pages", json!({ "title": "Inner", "status": "publish", "parent": top["id"] })).await;
    for parent in [&top, &inner] {
        let route = format!("pages/{}", top["id"]);
        let circle = send(&route, json!({ "parent": parent["id"] })).await;
        assert_eq!((&circle["parent"], &circle["link"]), (&json!(0), &top["link"]));
    }
    assert_eq!(inner["link"], format!("{}/top/inner/", site.url()));
}

#[tokio::test]
async fn draft_without_a_slug_keeps_the_suffix_of_the_trash() {
    let site = StandIn::builder().posts(0).start().await;
    let id = create(&site, "admin", json!({ "title": "x" })).await.json()["id"].clone();
    let route = format!("/wp/v2/posts/{id}");
    call(&site, &format!("DELETE {route}")).by(&site, "admin").send().await;
    let back = call(&site, &format!("POST {route}")).by(&site, "admin").json(&json!({ "status": "draft" }));
    assert_eq!(back.send().await.json()["slug"], "__trashed");
}
