//! Many tasks and a token that has run out: one token request, whatever happens.

use std::time::Duration;

use wp_client::{ApiBearerAuth, Client, Error, Identity, JwtAuth, MiniOrangeJwt, UsefulTeamJwt};
use wp_testkit::{MiniOrange, Plugin, SignInFailure, StandIn};

use crate::clients;

const TASKS: usize = 1_000;

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
        StandIn::builder().plugin((self.plugin)()).token_lifetime(Duration::from_secs(3)).start().await
    }

    fn token_requests(&self, site: &StandIn) -> usize {
        self.routes.iter().map(|route| site.count("POST", route)).sum()
    }
}

/// Runs `case` for each plugin and each stack.
async fn each(case: impl AsyncFn(&Fetched, &StandIn, Client)) {
    for fetched in &FETCHED {
        let site = fetched.site().await;
        for (stack, builder) in clients(&site) {
            println!("{:?}, {stack}", (fetched.plugin)());
            case(fetched, &site, builder.auth((fetched.identity)()).build().unwrap()).await;
        }
    }
}

/// A client whose token has just expired, by both clocks.
async fn expired(site: &StandIn, wp: &Client) {
    let token = wp.sign_in().await.unwrap();
    let left = token.expires_at().unwrap().duration_since(std::time::SystemTime::now()).unwrap_or_default();
    tokio::time::sleep(left + Duration::from_millis(50)).await;
    site.clear_log();
}

fn start(wp: &Client) -> Vec<tokio::task::JoinHandle<Result<String, Error>>> {
    let one = |wp: Client| async move { wp.users().me().await.map(|user| user.name) };
    (0..TASKS).map(|_| tokio::spawn(one(wp.clone()))).collect()
}

/// The time in which the tasks of a storm get in, and no token runs out again.
const SLOW: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_costs_one_request() {
    each(async |fetched, site, wp| {
        expired(site, &wp).await;
        for task in start(&wp) {
            assert_eq!(task.await.unwrap().unwrap(), "Editor User");
        }
        assert_eq!(fetched.token_requests(site), 1);
        assert_eq!(site.count("GET", "/wp/v2/users/me"), TASKS, "no request was refused");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_task_that_began_the_sign_in_may_be_cancelled() {
    each(async |fetched, site, wp| {
        expired(site, &wp).await;
        site.set_token_delay(SLOW);
        let first = tokio::spawn({
            let wp = wp.clone();
            async move { wp.users().me().await }
        });
        // The sign-in is under way before the others come.
        tokio::time::sleep(SLOW / 3).await;
        let tasks = start(&wp);
        first.abort();
        for task in tasks {
            assert_eq!(task.await.unwrap().unwrap(), "Editor User");
        }
        assert!(first.await.unwrap_err().is_cancelled());
        assert_eq!(fetched.token_requests(site), 1);
        assert_eq!(site.count("GET", "/wp/v2/users/me"), TASKS);
        site.set_token_delay(Duration::ZERO);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_sign_in_is_one_request_and_as_many_equal_errors_as_tasks() {
    each(async |fetched, site, wp| {
        site.fail_sign_in(Some(SignInFailure::WrongPassword));
        site.clear_log();
        let mut errors = Vec::new();
        for task in start(&wp) {
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
async fn a_token_that_the_site_refuses_is_replaced_once_for_all() {
    for fetched in &FETCHED {
        let site = StandIn::builder().plugin((fetched.plugin)()).start().await;
        for (stack, builder) in clients(&site) {
            println!("{:?}, {stack}", (fetched.plugin)());
            let wp = builder.auth((fetched.identity)()).build().unwrap();
            wp.verify().await.unwrap();
            // Nobody here can know: by what was said of it the token is good for long.
            site.revoke_all();
            site.clear_log();
            for task in start(&wp) {
                assert_eq!(task.await.unwrap().unwrap(), "Editor User");
            }
            let signed_in = site.count("POST", fetched.routes[0]);
            let refused = site.log().iter().filter(|entry| (400..500).contains(&entry.status));
            let refused = refused.filter(|entry| entry.path == "/wp/v2/users/me").count();
            // Useful-team's cookie is tried at the same address before the password is.
            assert!((1..=2).contains(&signed_in), "{signed_in}");
            assert_eq!(site.count("GET", "/wp/v2/users/me"), TASKS + refused, "each was replayed once");
        }
    }
}
