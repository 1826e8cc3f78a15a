//! A site with API Bearer Auth, as far as it tells programs apart: a sign-in of a user under a name ends the
//! token that there was of that name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

pub(crate) struct BearerSite {
    server: MockServer,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The token of each name, and what renews it.
    tokens: HashMap<String, (String, String)>,
    /// How many there were.
    count: usize,
    renewals: usize,
    /// The names of the sign-ins, in order.
    sign_ins: Vec<String>,
    /// Requests with a token that was ended.
    refused: usize,
}

struct Plugin(Arc<Mutex<State>>);

impl BearerSite {
    pub(crate) async fn start() -> Self {
        let (server, state) = (MockServer::start().await, Arc::default());
        Mock::given(any()).respond_with(Plugin(Arc::clone(&state))).mount(&server).await;
        Self { server, state }
    }

    pub(crate) fn url(&self) -> String {
        self.server.uri()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The names of the sign-ins since the last time, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = std::mem::take(&mut self.state().sign_ins);
        names.sort();
        names
    }

    /// All tokens come to their end, and can be renewed.
    pub(crate) fn expire_tokens(&self) {
        self.state().tokens.values_mut().for_each(|(access, _)| access.clear());
    }

    pub(crate) fn renewals(&self) -> usize {
        self.state().renewals
    }

    pub(crate) fn refused(&self) -> usize {
        self.state().refused
    }
}

impl Respond for Plugin {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.0.lock().unwrap();
        let State { tokens, count, .. } = &mut *state;
        let mut new = |kind: &str| {
            *count += 1;
            format!("{kind}{count:063x}")
        };
        match request.url.path() {
            "/wp-json/api-bearer-auth/v1/login" => {
                let name = text(request, "client_name");
                let (access, refresh) = (new("a"), new("f"));
                tokens.insert(name.clone(), (access.clone(), refresh.clone()));
                state.sign_ins.push(name);
                let user = json!({"ID": 2, "roles": ["editor"], "data": {"user_login": "editor"}});
                return ResponseTemplate::new(200).set_body_json(json!({
                    "wp_user": user, "access_token": access, "expires_in": 86_400, "refresh_token": refresh,
                }));
            }
            "/wp-json/api-bearer-auth/v1/tokens/refresh" => {
                let kept = tokens.get_mut(&text(request, "client_name"));
                let Some((access, _)) = kept.filter(|(_, refresh)| *refresh == text(request, "token")) else {
                    return refusal("api_api_bearer_auth_error_invalid_token");
                };
                *access = new("a");
                let answer = json!({"access_token": access, "expires_in": 86_400});
                state.renewals += 1;
                return ResponseTemplate::new(200).set_body_json(answer);
            }
            _ => {}
        }
        let header = request.headers.get("authorization").map(|value| value.to_str().unwrap());
        let token = header.and_then(|header| header.strip_prefix("Bearer "));
        if token.is_some_and(|token| state.tokens.values().any(|(good, _)| good == token)) {
            return ResponseTemplate::new(200).set_body_json(json!({"id": 2, "name": "Editor"}));
        }
        state.refused += 1;
        refusal("api_bearer_auth_not_logged_in")
    }
}

fn text(request: &Request, field: &str) -> String {
    let body: Value = request.body_json().unwrap();
    body[field].as_str().unwrap().to_owned()
}

fn refusal(code: &str) -> ResponseTemplate {
    ResponseTemplate::new(401).set_body_json(json!({"code": code, "message": "No.", "data": {"status": 401}}))
}
