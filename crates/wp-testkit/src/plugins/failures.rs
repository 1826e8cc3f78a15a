//! The endpoints that issue and renew tokens, with the failures that a test sets.

use serde_json::json;

use super::{dialect::Dialect, sign_in::Refused};
use crate::{
    front,
    http::{Error, RestResponse},
    resources::pages,
    rest::{Caller, Params},
    state::{State, refusal::Refusal, tokens::SignInFailure},
};

/// The sign-in endpoint of a plugin, or the failure that the test requested.
pub(super) fn issue(
    dialect: &Dialect,
    state: &mut State,
    caller: &Caller,
    params: &Params,
) -> Result<RestResponse, Error> {
    if let Some(refusal) = state.tokens.refuse_sign_in.clone() {
        return Ok(refuse(dialect, state, refusal));
    }
    Ok(match state.tokens.failure {
        None => return (dialect.sign_in)(state, caller, params),
        Some(SignInFailure::WrongPassword) => {
            let refused = Refused::wrong_password(state, &params.text("username").unwrap_or_default());
            state.counts.failed_sign_ins += 1;
            (dialect.refused)(state, refused)
        }
        Some(SignInFailure::BadConfig) => (dialect.bad_config)(state),
        Some(SignInFailure::ServerErrorHtml) => pages::fatal_html(),
        Some(SignInFailure::ServerErrorJson) => pages::fatal_json(),
        Some(SignInFailure::Maintenance) => pages::maintenance(),
        Some(SignInFailure::TooManyRequests) => front::pages::too_many_requests(),
        Some(SignInFailure::Empty) => pages::empty(),
        Some(SignInFailure::NoToken) => RestResponse::ok(json!({ "user_nicename": "admin" })),
    })
}

/// The endpoint that renews tokens, or the refusal that the test requested.
pub(super) fn renew(
    dialect: &Dialect,
    state: &mut State,
    caller: &Caller,
    params: &Params,
) -> Result<RestResponse, Error> {
    match state.tokens.refuse_renewal.clone() {
        Some(refusal) => Ok(refuse(dialect, state, refusal)),
        None => (dialect.renew)(state, caller, params),
    }
}

fn refuse(dialect: &Dialect, state: &State, refusal: Refusal) -> RestResponse {
    let Refusal { code, message, status, headers } = refusal;
    let refused = Refused { code: code.into(), message, also_password: false };
    let mut response = (dialect.refused)(state, refused);
    if let Some(status) = status {
        response.set_status(status);
    }
    headers.into_iter().fold(response, |response, (name, value)| response.with(name, value))
}
