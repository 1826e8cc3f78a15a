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
    /// The token of each name.
    tokens: HashMap<String, String>,
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

    pub(crate) fn refused(&self) -> usize {
        self.state().refused
    }
}

impl Respond for Plugin {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.0.lock().unwrap();
        if request.url.path() == "/wp-json/api-bearer-auth/v1/login" {
            let body: Value = request.body_json().unwrap();
            let name = body["client_name"].as_str().unwrap().to_owned();
            let token = format!("{:064x}", state.sign_ins.len() + 1 + state.tokens.len());
            state.tokens.insert(name.clone(), token.clone());
            state.sign_ins.push(name);
            let user = json!({"ID": 2, "roles": ["editor"], "data": {"user_login": "editor"}});
            let answer =
                json!({"wp_user": user, "access_token": token, "expires_in": 86_400, "refresh_token": "f"});
            return ResponseTemplate::new(200).set_body_json(answer);
        }
        let header = request.headers.get("authorization").map(|value| value.to_str().unwrap());
        let token = header.and_then(|header| header.strip_prefix("Bearer "));
        if token.is_some_and(|token| state.tokens.values().any(|good| good == token)) {
            return ResponseTemplate::new(200).set_body_json(json!({"id": 2, "name": "Editor"}));
        }
        state.refused += 1;
        let refusal =
            json!({"code": "api_bearer_auth_not_logged_in", "message": "No.", "data": {"status": 401}});
        ResponseTemplate::new(401).set_body_json(refusal)
    }
}
