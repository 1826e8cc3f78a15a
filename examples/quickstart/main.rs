//! Signs in, publishes a post, lists all posts, continues after the token has expired, and cleans up.
//!
//! ```sh
//! cargo run --example quickstart                        # against a stand-in, nothing needed
//! cargo run --example quickstart -- --transport hyper   # the same over the other HTTP stack
//! WP_URL=https://example.org WP_USER=ana WP_APP_PASSWORD=… cargo run --example quickstart
//! ```
//!
//! `WP_AUTH` selects the credential: see `sign_in.rs`. The default is `app-password`; against the stand-in it is `jwt`, whose token
//! expires. For a site with plain permalinks, `WP_URL` ends in `index.php?rest_route=/`. `WP_ALLOW_PLAIN_HTTP=1` allows
//! sending the credential unencrypted; `WP_CA` is a file with the certificate of a private authority, as PEM.
//!
//! The program publishes a post briefly and deletes it even if a later step fails.

mod printing;
#[path = "../sign_in.rs"]
mod sign_in;

use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use wp_client::models::{NewPost, PostId, PostPatch, PostStatus};
use wp_client::wp_http::{HyperTransport, ReqwestTransport};
use wp_client::{ApiKey, Basic, Client, Identity, JwtAuth, SimpleJwtLogin, Token, Transport};
use wp_testkit::{Plugin, SimpleJwtLogin as Release, StandIn};

use printing::Printing;
use sign_in::{Scheme, key_header};

/// The site, and the credential.
struct Target {
    url: String,
    identity: Identity,
}

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() {
    if let Err(error) = run().await {
        eprintln!("\nIt failed: {error:#}");
        if let Some(hint) = error.downcast_ref::<wp_client::Error>().and_then(wp_client::Error::hint) {
            eprintln!("  hint: {hint}");
        }
        std::process::exit(1);
    }
}

async fn run() -> Result<()> {
    let transport = Printing::over(transport()?);
    // Kept until the end: dropping it stops the stand-in.
    let (target, _stand_in) = match env::var("WP_URL") {
        Ok(url) => (Target { url, identity: scheme()?.identity(None, None)? }, None),
        Err(_) => stand_in().await?,
    };
    let mut builder = Client::builder(&target.url).auth(target.identity).transport(transport);
    if env::var_os("WP_ALLOW_PLAIN_HTTP").is_some() {
        builder = builder.allow_plain_http();
    }
    let wp = builder.build()?;

    step("Sign in");
    let token = wp.sign_in().await?;
    match left(&token) {
        Some(left) => println!("a token for {} s", left.as_secs()),
        None => println!("a credential that does not expire by itself"),
    }
    println!("Hello {}!", wp.verify().await?.name);

    step("Write a draft");
    let draft = NewPost::titled("Hello from Rust")
        .content("<p>Written by the quickstart.</p>")
        .status(PostStatus::Draft);
    let post = wp.posts().create(draft).await?;
    println!("post {} is a {}", post.id, post.status);

    // Delete the post, whatever happened.
    let outcome = publish_and_walk(&wp, post.id, &token).await;
    step("Clean up");
    clean_up(&wp, post.id).await?;
    outcome?;
    println!("\nDone.");
    Ok(())
}

async fn publish_and_walk(wp: &Client, id: PostId, token: &Arc<Token>) -> Result<()> {
    step("Publish it");
    let post = wp.posts().update(id, PostPatch::default().status(PostStatus::Publish)).await?;
    println!("post {id} is at {}", post.link);

    step("Walk all posts");
    let (mut count, mut found) = (0, false);
    let mut posts = wp.posts().list().per_page(20).stream();
    while let Some(item) = posts.try_next().await? {
        count += 1;
        found |= item.id == id;
    }
    println!("{count} posts, {}", if found { "the new one among them" } else { "the new one MISSING" });

    step("Let the token expire, and go on");
    match left(token) {
        None => println!("not shown: this credential does not expire"),
        Some(_) if scheme()? == Scheme::BearerToken => {
            println!("not shown: a token that was given cannot be renewed")
        }
        Some(left) if left > Duration::from_secs(30) => {
            println!("not shown: this one lives too long to wait for")
        }
        Some(left) => {
            println!("waiting {} s", left.as_secs() + 1);
            tokio::time::sleep(left + Duration::from_secs(1)).await;
            let me = wp.users().me().await?;
            let renewed = !Arc::ptr_eq(token, &wp.token().await?);
            println!("still {}, with {}", me.name, if renewed { "a new token" } else { "the OLD token" });
        }
    }
    if found { Ok(()) } else { Err("the new post was not in the list".into()) }
}

async fn clean_up(wp: &Client, id: PostId) -> Result<()> {
    let trashed = wp.posts().trash(id).await?;
    println!("post {id} is in the {}", trashed.status);
    let gone = wp.posts().delete(id).await?;
    println!("deleted: {}", gone.deleted);
    match wp.posts().get(id).await {
        Err(error) if error.is_not_found() => println!("as it should be: {error}"),
        Err(error) => return Err(error.into()),
        Ok(_) => return Err(format!("post {id} is still there").into()),
    }
    Ok(())
}

fn left(token: &Token) -> Option<Duration> {
    token.expires_at()?.duration_since(SystemTime::now()).ok()
}

fn step(title: &str) {
    println!("\n== {title}");
}

/// The HTTP stack that `--transport` selects.
fn transport() -> Result<Arc<dyn Transport>> {
    let (mut arguments, options) = (env::args().skip(1), sign_in::trusting(None)?);
    match (arguments.next().as_deref(), arguments.next().as_deref(), arguments.next()) {
        (None, ..) | (Some("--transport"), Some("reqwest"), None) => {
            Ok(Arc::new(ReqwestTransport::with(&options)?))
        }
        (Some("--transport"), Some("hyper"), None) => Ok(Arc::new(HyperTransport::with(&options)?)),
        _ => Err("usage: quickstart [--transport reqwest|hyper]".into()),
    }
}

/// A stand-in in this process, whose tokens live for a few seconds.
async fn stand_in() -> Result<(Target, Option<StandIn>)> {
    let scheme = scheme()?;
    // A fixed token cannot be renewed, so it must live long enough.
    let lifetime = Duration::from_secs(if scheme == Scheme::BearerToken { 600 } else { 4 });
    let key = "0123456789abcdef";
    let site = StandIn::builder().token_lifetime(lifetime).api_key(&key_header(), key, "admin");
    let site = match scheme {
        Scheme::SimpleJwt => site.plugin(Plugin::SimpleJwtLogin(Release::v4())),
        _ => site,
    };
    let site = site.start().await;
    println!("No WP_URL, so this is a stand-in for WordPress at {}", site.url());
    let identity = match scheme {
        Scheme::Jwt => JwtAuth::new("admin", "password").into(),
        Scheme::SimpleJwt => SimpleJwtLogin::new("admin", "password").into(),
        Scheme::AppPassword => {
            Basic::application_password("admin", site.application_password("admin")).into()
        }
        Scheme::BearerToken => {
            let wp = Client::builder(site.url()).auth(JwtAuth::new("admin", "password")).build()?;
            let token = wp.sign_in().await?;
            ApiKey::bearer(token.secret().ok_or("no token")?.clone()).into()
        }
        Scheme::ApiKey => ApiKey::header(key_header(), key).into(),
        other => return Err(format!("the stand-in knows no {other:?}; set WP_URL").into()),
    };
    Ok((Target { url: site.url(), identity }, Some(site)))
}

/// What `WP_AUTH` names. The token of the stand-in expires.
fn scheme() -> Result<Scheme> {
    let default = if env::var_os("WP_URL").is_some() { sign_in::DEFAULT } else { Scheme::Jwt };
    Ok(Scheme::from_env(default)?)
}
