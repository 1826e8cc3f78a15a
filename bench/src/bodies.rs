//! What the server sends: bodies as WordPress 7.1 writes them, for a site with an ordinary blog.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// How many posts a page holds.
pub const PER_PAGE: u64 = 100;

/// A token of 290 bytes, as JWT Authentication for WP REST API grants it for a week.
pub fn token() -> String {
    let now = SystemTime::now();
    jwt(now, now + WEEK)
}

/// One that came to its end an hour ago.
pub fn expired_token() -> String {
    let end = SystemTime::now() - Duration::from_secs(3600);
    jwt(end - WEEK, end)
}

const WEEK: Duration = Duration::from_secs(7 * 86_400);

fn jwt(issued: SystemTime, ends: SystemTime) -> String {
    let [issued, ends] =
        [issued, ends].map(|time| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs());
    let header = r#"{"typ":"JWT","alg":"HS256"}"#;
    let claims = format!(
        r#"{{"iss":"https://www.example-magazine.org/editorial","iat":{issued},"nbf":{issued},"exp":{ends},"data":{{"user":{{"id":"1","login":"editor-in-chief"}}}}}}"#
    );
    // A signature of 32 bytes; it is not verified.
    let signature: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 37 % 251).unwrap_or_default());
    let parts = [header.as_bytes(), claims.as_bytes(), &signature].map(|part| URL_SAFE_NO_PAD.encode(part));
    parts.join(".")
}

/// What the token plugin says to a password.
pub fn token_response() -> String {
    let token = token();
    format!(
        r#"{{"token":"{token}","user_email":"ana@example.org","user_nicename":"ana","user_display_name":"Ana"}}"#
    )
}

/// `GET /wp/v2/users/me`.
pub fn me() -> String {
    let avatar = r"https:\/\/secure.gravatar.com\/avatar\/9387ed9432ec25ef93df84b8a0b9697ddef435a945e7f244670c4f79f88363e9";
    let api = r"https:\/\/example.org\/wp-json\/wp\/v2\/users";
    format!(
        concat!(
            r#"{{"id":1,"name":"Ana","url":"https:\/\/example.org","description":"","#,
            r#""link":"https:\/\/example.org\/author\/ana\/","slug":"ana","avatar_urls":{{"#,
            r#""24":"{avatar}?s=24&d=mm&r=g","48":"{avatar}?s=48&d=mm&r=g","96":"{avatar}?s=96&d=mm&r=g"}},"#,
            r#""meta":[],"_links":{{"self":[{{"href":"{api}\/1","targetHints":{{"allow":["GET","POST","PUT","#,
            r#""PATCH","DELETE"]}}}}],"collection":[{{"href":"{api}"}}]}}}}"#
        ),
        avatar = avatar,
        api = api
    )
}

/// `POST /wp/v2/posts`: the post in the context `edit`.
pub fn created() -> String {
    let site = r"https:\/\/example.org";
    let api = r"https:\/\/example.org\/wp-json\/wp\/v2";
    let actions = ["publish", "unfiltered-html", "sticky", "assign-author"];
    let actions: String = actions.iter().fold(String::new(), |mut all, action| {
        let _ = write!(all, r#""wp:action-{action}":[{{"href":"{api}\/posts\/285"}}],"#);
        all
    });
    format!(
        concat!(
            r#"{{"id":285,"date":"2026-11-22T19:01:15","date_gmt":"2026-11-22T19:01:15","#,
            r#""guid":{{"rendered":"{site}\/?p=285","raw":"{site}\/?p=285"}},"#,
            r#""modified":"2026-11-22T19:01:15","modified_gmt":"2026-11-22T19:01:15","password":"","#,
            r#""slug":"","status":"draft","type":"post","link":"{site}\/?p=285","#,
            r#""title":{{"raw":"Hello","rendered":"Hello"}},"#,
            r#""content":{{"raw":"<p>Two words.<\/p>","rendered":"<p>Two words.<\/p>\n","#,
            r#""protected":false,"block_version":0}},"#,
            r#""excerpt":{{"raw":"","rendered":"<p>Two words.<\/p>\n","protected":false}},"#,
            r#""author":1,"featured_media":0,"comment_status":"open","ping_status":"open","sticky":false,"#,
            r#""template":"","format":"standard","meta":{{"footnotes":""}},"categories":[1],"tags":[],"#,
            r#""permalink_template":"{site}\/2026\/11\/22\/%postname%\/","generated_slug":"hello","#,
            r#""class_list":["post-285","post","type-post","status-draft","format-standard","hentry","#,
            r#""category-uncategorized"],{links}{actions}{end}"#
        ),
        site = site,
        links = links(285, true),
        actions = actions,
        end = CURIES,
    )
}

const CURIES: &str = r#""curies":[{"name":"wp","href":"https:\/\/api.w.org\/{rel}","templated":true}]}}"#;

fn links(id: u64, with_hints: bool) -> String {
    let api = r"https:\/\/example.org\/wp-json\/wp\/v2";
    let hints =
        if with_hints { r#","targetHints":{"allow":["GET","POST","PUT","PATCH","DELETE"]}"# } else { "" };
    format!(
        concat!(
            r#""_links":{{"self":[{{"href":"{api}\/posts\/{id}"{hints}}}],"#,
            r#""collection":[{{"href":"{api}\/posts"}}],"about":[{{"href":"{api}\/types\/post"}}],"#,
            r#""author":[{{"embeddable":true,"href":"{api}\/users\/1"}}],"#,
            r#""replies":[{{"embeddable":true,"href":"{api}\/comments?post={id}"}}],"#,
            r#""version-history":[{{"count":1,"href":"{api}\/posts\/{id}\/revisions"}}],"#,
            r#""predecessor-version":[{{"id":{before},"href":"{api}\/posts\/{id}\/revisions\/{before}"}}],"#,
            r#""wp:attachment":[{{"href":"{api}\/media?parent={id}"}}],"#,
            r#""wp:term":[{{"taxonomy":"category","embeddable":true,"href":"{api}\/categories?post={id}"}},"#,
            r#"{{"taxonomy":"post_tag","embeddable":true,"href":"{api}\/tags?post={id}"}}],"#
        ),
        api = api,
        id = id,
        hints = hints,
        before = id - 1,
    )
}

/// `GET /wp/v2/posts?per_page=100`: texts of 14 paragraphs, a category and two tags each.
pub fn page(number: u64) -> String {
    let first = number * PER_PAGE;
    let posts: Vec<_> = (first + 901..=first + 1000).map(post).collect();
    format!("[{}]", posts.join(","))
}

/// `POST /batch/v1` with so many posts to create.
pub fn batch(posts: usize) -> String {
    let response = format!(r#"{{"body":{},"status":201,"headers":{{"Allow":"GET, POST"}}}}"#, created());
    format!(r#"{{"responses":[{}]}}"#, vec![response; posts].join(","))
}

fn post(id: u64) -> String {
    let site = r"https:\/\/example.org";
    // As WordPress writes JSON: with slashes and everything beyond ASCII escaped.
    let paragraph = concat!(
        r#"<p class=\"wp-block-paragraph\">The tide came in at four, &#8220;sooner than the tables say&#8221;, "#,
        r"and took the lower path with it. Who wants to cross has to wait for the evening; the ferry does not run ",
        r"between the fair and St. Nicholas, and the caf\u00e9 at the pier is closed \u2014 as every year. "
    );
    let content: String = (1..=14).fold(String::new(), |mut all, at| {
        let _ =
            write!(all, r#"{paragraph}See <a href=\"{site}\/tides\/{at}\">the tables<\/a>.<\/p>\n\n\n\n"#);
        all
    });
    format!(
        concat!(
            r#"{{"id":{id},"date":"2026-10-{day:02}T08:30:00","date_gmt":"2026-10-{day:02}T06:30:00","#,
            r#""guid":{{"rendered":"{site}\/?p={id}"}},"#,
            r#""modified":"2026-11-{day:02}T19:01:15","modified_gmt":"2026-11-{day:02}T18:01:15","#,
            r#""slug":"the-tide-of-{id}","status":"publish","type":"post","#,
            r#""link":"{site}\/2026\/10\/{day:02}\/the-tide-of-{id}\/","#,
            r#""title":{{"rendered":"The tide of {id} &#8211; a report"}},"#,
            r#""content":{{"rendered":"\n{content}","protected":false}},"#,
            r#""excerpt":{{"rendered":"<p>The tide came in at four, sooner than the tables say [&hellip;]<\/p>\n","#,
            r#""protected":false}},"author":1,"featured_media":{image},"comment_status":"open","#,
            r#""ping_status":"closed","sticky":false,"template":"","format":"standard","#,
            r#""meta":{{"footnotes":""}},"categories":[3],"tags":[12,15],"#,
            r#""class_list":["post-{id}","post","type-post","status-publish","format-standard","#,
            r#""has-post-thumbnail","hentry","category-harbour","tag-tides","tag-ferry"],"#,
            r#"{links}{end}"#
        ),
        id = id,
        day = id % 28 + 1,
        site = site,
        content = content,
        image = id * 3,
        links = links(id, true),
        end = CURIES,
    )
}

/// `POST /wp/v2/media`: the fields that the benchmark reads.
pub const UPLOADED: &str = concat!(
    r#"{"id":4711,"date":"2026-11-22T19:01:15","slug":"dune","type":"attachment","#,
    r#""link":"https:\/\/example.org\/dune\/","title":{"raw":"dune","rendered":"dune"},"author":1,"#,
    r#""media_type":"image","mime_type":"image\/jpeg","#,
    r#""source_url":"https:\/\/example.org\/wp-content\/uploads\/2026\/11\/dune.jpg"}"#
);
