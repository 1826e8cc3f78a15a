//! Many tasks and a token that has run out: one token request, whatever happens.

use std::time::Duration;

use wp_client::{Client, Error, JwtAuth};
use wp_testkit::{SignInFailure, StandIn};

use crate::clients;

const TASKS: usize = 200;
const TOKEN: &str = "/jwt-auth/v1/token";

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

async fn site() -> StandIn {
    StandIn::builder().token_lifetime(Duration::from_secs(2)).start().await
}

/// The time in which the tasks of a storm get in, and no token runs out again.
const SLOW: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_costs_one_request() {
    let site = site().await;
    for (stack, builder) in clients(&site) {
        let wp = builder.auth(JwtAuth::new("editor", "password")).build().unwrap();
        expired(&site, &wp).await;
        for task in start(&wp) {
            assert_eq!(task.await.unwrap().unwrap(), "Editor User", "{stack}");
        }
        assert_eq!(site.count("POST", TOKEN), 1, "{stack}");
        assert_eq!(site.count("GET", "/wp/v2/users/me"), TASKS, "{stack}: no request was refused");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_task_that_began_the_sign_in_may_be_cancelled() {
    let site = site().await;
    for (stack, builder) in clients(&site) {
        let wp = builder.auth(JwtAuth::new("editor", "password")).build().unwrap();
        expired(&site, &wp).await;
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
            assert_eq!(task.await.unwrap().unwrap(), "Editor User", "{stack}");
        }
        assert!(first.await.unwrap_err().is_cancelled());
        assert_eq!(site.count("POST", TOKEN), 1, "{stack}");
        assert_eq!(site.count("GET", "/wp/v2/users/me"), TASKS, "{stack}");
        site.set_token_delay(Duration::ZERO);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_sign_in_is_one_request_and_as_many_equal_errors_as_tasks() {
    let site = site().await;
    for (stack, builder) in clients(&site) {
        let wp = builder.auth(JwtAuth::new("editor", "password")).build().unwrap();
        expired(&site, &wp).await;
        site.fail_sign_in(Some(SignInFailure::WrongPassword));
        let mut errors = Vec::new();
        for task in start(&wp) {
            errors.push(task.await.unwrap().unwrap_err());
        }
        assert_eq!(site.count("POST", TOKEN), 1, "{stack}");
        assert_eq!(site.log().len(), 1, "{stack}: nothing else was sent");
        assert_eq!(errors[0].code().unwrap().as_str(), "[jwt_auth] incorrect_password");
        assert!(errors.iter().all(|error| error.to_string() == errors[0].to_string()));
        site.fail_sign_in(None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_the_site_refuses_is_replaced_once_for_all() {
    let site = StandIn::start().await;
    for (stack, builder) in clients(&site) {
        let wp = builder.auth(JwtAuth::new("editor", "password")).build().unwrap();
        wp.verify().await.unwrap();
        // Nobody here can know: by its claims the token is good for a week.
        site.expire_tokens();
        site.clear_log();
        for task in start(&wp) {
            assert_eq!(task.await.unwrap().unwrap(), "Editor User", "{stack}");
        }
        assert_eq!(site.count("POST", TOKEN), 1, "{stack}");
        let refused = site.log().iter().filter(|entry| entry.status == 403).count();
        assert_eq!(site.count("GET", "/wp/v2/users/me"), TASKS + refused, "{stack}: each was replayed once");
    }
}
