//! Many tasks with an expired token share one token request.

use std::time::Duration;

use wp_client::{ApiBearerAuth, Client, Error, Identity, JwtAuth, Limits, MiniOrangeJwt, UsefulTeamJwt};
use wp_http::conformance::ManualClock;
use wp_testkit::{MiniOrange, Plugin, SignInFailure, StandIn};

use crate::clients;

const TASKS: usize = 1_000;
/// Where it is not the number that matters.
const FEWER: usize = 200;

/// A plugin of which tokens are fetched, and where.
struct Fetched {
    plugin: fn() -> Plugin,
    identity: fn() -> Identity,
    routes: &'static [&'static str],
}

const FETCHED: [Fetched; 5] = [
    Fetched {
        plugin: || Plugin::JwtAuth,
        identity: || JwtAuth::new("editor", "password").into(),
        routes: &["/jwt-auth/v1/token"],
    },
    Fetched {
        plugin: || Plugin::ApiBearerAuth { jwt: false },
        identity: || ApiBearerAuth::new("editor", "password").into(),
        routes: &["/api-bearer-auth/v1/login", "/api-bearer-auth/v1/tokens/refresh"],
    },
    Fetched {
        plugin: || Plugin::ApiBearerAuth { jwt: true },
        identity: || ApiBearerAuth::new("editor", "password").into(),
        routes: &["/api-bearer-auth/v1/login", "/api-bearer-auth/v1/tokens/refresh"],
    },
    Fetched {
        plugin: || Plugin::MiniOrange(MiniOrange::Jwt),
        identity: || MiniOrangeJwt::new("editor", "password").into(),
        routes: &["/api/v1/token"],
    },
    Fetched {
        plugin: || Plugin::UsefulTeam,
        identity: || UsefulTeamJwt::new("editor", "password").into(),
        routes: &["/jwt-auth/v1/token"],
    },
];

impl Fetched {
    async fn site(&self) -> StandIn {
        StandIn::builder().plugin((self.plugin)()).token_lifetime(LIFETIME).start().await
    }

    fn token_requests(&self, site: &StandIn) -> usize {
        self.routes.iter().map(|route| site.count("POST", route)).sum()
    }
}

const LIFETIME: Duration = Duration::from_secs(60);

/// One storm: a plugin, a site that has it, and a client of that.
struct Storm<'s> {
    fetched: &'s Fetched,
    site: &'s StandIn,
    wp: Client,
    clock: ManualClock,
}

/// Runs `case` for each plugin and each stack.
async fn each(case: impl AsyncFn(Storm<'_>)) {
    for fetched in &FETCHED {
        let site = fetched.site().await;
        for (_, builder) in clients(&site) {
            // The clock of the site stands still from now on, as that of the client does.
            site.set_now(1_800_000_000);
            let clock = ManualClock::new();
            let wp = builder.auth((fetched.identity)()).clock(clock.clone()).build().unwrap();
            case(Storm { fetched, site: &site, wp, clock }).await;
        }
    }
}

impl Storm<'_> {
    /// Lets the token of the client run out, by both clocks.
    async fn expire(&self) {
        self.wp.sign_in().await.unwrap();
        self.clock.advance(LIFETIME);
        self.site.advance(LIFETIME);
        self.site.clear_log();
    }
}

fn start(wp: &Client, tasks: usize) -> Vec<tokio::task::JoinHandle<Result<String, Error>>> {
    let one = |wp: Client| async move { wp.users().me().await.map(|user| user.name) };
    (0..tasks).map(|_| tokio::spawn(one(wp.clone()))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_costs_one_request() {
    each(async |storm| {
        storm.expire().await;
        let Storm { fetched, site, wp, .. } = storm;
        for task in start(&wp, TASKS) {
            assert_eq!(task.await.unwrap().unwrap(), "Editor User");
        }
        assert_eq!(fetched.token_requests(site), 1);
        assert_eq!(site.count("GET", "/wp/v2/users/me"), TASKS, "no request was refused");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_survives_cancellation_of_the_first_task() {
    each(async |storm| {
        storm.expire().await;
        let Storm { fetched, site, wp, .. } = storm;
        site.set_token_delay(Duration::from_millis(300));
        let first = tokio::spawn({
            let wp = wp.clone();
            async move { wp.users().me().await }
        });
        // The sign-in is under way before the others come.
        while fetched.token_requests(site) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let tasks = start(&wp, FEWER);
        first.abort();
        for task in tasks {
            assert_eq!(task.await.unwrap().unwrap(), "Editor User");
        }
        assert!(first.await.unwrap_err().is_cancelled());
        assert_eq!(fetched.token_requests(site), 1);
        assert_eq!(site.count("GET", "/wp/v2/users/me"), FEWER);
        site.set_token_delay(Duration::ZERO);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_sign_in_is_one_request_and_the_same_error_for_every_task() {
    each(async |Storm { fetched, site, wp, .. }| {
        site.fail_sign_in(Some(SignInFailure::WrongPassword));
        site.clear_log();
        let mut errors = Vec::new();
        for task in start(&wp, TASKS) {
            errors.push(task.await.unwrap().unwrap_err());
        }
        assert_eq!(fetched.token_requests(site), 1);
        assert_eq!(site.log().len(), 1, "nothing else was sent");
        assert_eq!(errors[0].auth_kind(), Some(wp_client::AuthErrorKind::WrongCredentials));
        assert!(errors.iter().all(|error| error.to_string() == errors[0].to_string()));
        site.fail_sign_in(None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_token_is_replaced_once_for_all_tasks() {
    for fetched in &FETCHED {
        for stack in ["reqwest", "hyper"] {
            let site = StandIn::builder().plugin((fetched.plugin)()).start().await;
            let (_, builder) = clients(&site).find(|client| client.0 == stack).unwrap();
            // miniOrange counts refused tokens, and locks sign-in after five of them.
            let wp =
                builder.limits(Limits::default().concurrency(4)).auth((fetched.identity)()).build().unwrap();
            wp.verify().await.unwrap();
            // The client cannot know: by its stated lifetime the token is valid for long.
            site.set_jwt_secret(Some(&format!("another secret that is long enough for HS256, {stack}")));
            site.revoke("editor");
            site.clear_log();
            for task in start(&wp, FEWER) {
                assert_eq!(task.await.unwrap().unwrap(), "Editor User");
            }
            let signed_in = site.count("POST", fetched.routes[0]);
            let log = site.log();
            let refused =
                log.iter().filter(|entry| entry.path == "/wp/v2/users/me" && entry.status >= 400).count();
            // Useful-team's cookie is tried at the same address before the password is.
            assert!((1..=2).contains(&signed_in), "{signed_in}");
            assert_eq!(site.count("GET", "/wp/v2/users/me"), FEWER + refused, "each was replayed once");
        }
    }
}
