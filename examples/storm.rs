//! Two hundred tasks share an expired token: they cause one sign-in, even if the task that started it is
//! cancelled, and even if it fails.
//!
//! `cargo run --example storm [-- --transport hyper]`, or with `WP_URL`, `WP_USER` and `WP_PASSWORD` of a site
//! whose tokens live for a few seconds; then count the sign-ins in the server's log.

use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use wp_client::wp_http::conformance::ManualClock;
use wp_client::wp_http::{HyperTransport, ReqwestTransport};
use wp_client::{Client, Identity, JwtAuth, Transport};
use wp_testkit::StandIn;

const TASKS: usize = 200;
const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let hyper = env::args().any(|argument| argument == "hyper");
    let transport: Arc<dyn Transport> =
        if hyper { Arc::new(HyperTransport::new()?) } else { Arc::new(ReqwestTransport::new()?) };
    let site = match env::var("WP_URL") {
        Ok(_) => None,
        Err(_) => Some(StandIn::start().await),
    };
    let set = |name: &str, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
    let url = site.as_ref().map_or_else(|| set("WP_URL", ""), StandIn::url);
    let (user, password) = (set("WP_USER", "editor"), set("WP_PASSWORD", "password"));
    let builder = Client::builder(&url).transport(transport);
    // With a stand-in the clock is set by hand, so that a slow machine does not make the token expire again.
    let clock = ManualClock::new();
    let wp = if site.is_some() { builder.clock(clock.clone()) } else { builder }.build()?;
    let sign_ins = || site.as_ref().map(|site| site.count("POST", "/jwt-auth/v1/token"));

    // The expired token, for both cases in which it can be replaced.
    for cancel in [false, true] {
        let wp = wp.with_auth(JwtAuth::new(&user, password.as_str()));
        let token = wp.token().await?;
        if let Some(site) = &site {
            clock.advance(MONTH);
            site.advance(MONTH);
        } else {
            let left = token.expires_at().and_then(|end| end.duration_since(SystemTime::now()).ok());
            let left =
                left.filter(|left| left.as_secs() < 60).ok_or("the tokens live too long to wait for")?;
            tokio::time::sleep(left).await;
        }
        let before = sign_ins();
        let first = tokio::spawn({
            let wp = wp.clone();
            async move { wp.users().me().await }
        });
        tokio::time::sleep(Duration::from_millis(5)).await;
        let tasks = start(&wp);
        if cancel {
            first.abort();
        }
        report(
            if cancel { "expired, the first task cancelled" } else { "expired" },
            tasks,
            before,
            &sign_ins,
        )
        .await?;
    }

    let wp = wp.with_auth(Identity::new(JwtAuth::new(&user, format!("not {password}"))));
    let before = sign_ins();
    let tasks = start(&wp);
    report("a wrong password", tasks, before, &sign_ins).await
}

type Tasks = Vec<tokio::task::JoinHandle<Result<String, wp_client::Error>>>;

fn start(wp: &Client) -> Tasks {
    let one = |wp: Client| async move { wp.users().me().await.map(|user| user.name) };
    (0..TASKS).map(|_| tokio::spawn(one(wp.clone()))).collect()
}

async fn report(
    what: &str,
    tasks: Tasks,
    before: Option<usize>,
    sign_ins: &impl Fn() -> Option<usize>,
) -> Result<(), Box<dyn Error>> {
    let (mut names, mut errors) = (Vec::new(), Vec::new());
    for task in tasks {
        match task.await? {
            Ok(name) => names.push(name),
            Err(error) => errors.push(error.to_string()),
        }
    }
    println!("{what}: {} tasks got in, {} did not", names.len(), errors.len());
    errors.dedup();
    for error in &errors {
        println!("  {error}");
    }
    match (before, sign_ins()) {
        (Some(before), Some(after)) if after - before == 1 => println!("  sign-ins that the stand-in saw: 1"),
        (Some(before), Some(after)) => return Err(format!("{} sign-ins instead of 1", after - before).into()),
        _ => println!("  count the sign-ins in the server's log"),
    }
    Ok(())
}
