//! Names and passwords: `wp_authenticate`, and the ways a sign-in fails on demand.

use serde_json::json;

use crate::{
    answer::Answer,
    builder::SignInFailure,
    error::Error,
    pages,
    params::Params,
    state::{Caller, State, User},
};

/// Why WordPress lets nobody in, in its own words. They hold HTML.
pub(super) struct Refused {
    pub(super) code: &'static str,
    pub(super) message: String,
    /// The password is empty as well as the name.
    pub(super) also_password: bool,
}

pub(super) const EMPTY_PASSWORD: (&str, &str) =
    ("empty_password", "<strong>Error:</strong> The password field is empty.");

impl Refused {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), also_password: false }
    }

    pub(super) fn wrong_password(state: &State, name: &str) -> Self {
        let what = if name.contains('@') { "email address" } else { "username" };
        let url = &state.site.url;
        let message = format!(
            "<strong>Error:</strong> The password you entered for the {what} <strong>{name}</strong> \
             is incorrect. <a href=\"{url}/wp-login.php?action=lostpassword\">Lost your password?</a>"
        );
        Self::new("incorrect_password", message)
    }
}

/// `wp_authenticate`: by login or e-mail address.
pub(super) fn authenticate(state: &State, name: &str, password: &str) -> Result<User, Refused> {
    let name = name.trim();
    // PHP takes "0" for empty, too.
    let empty = |text: &str| text.is_empty() || text == "0";
    if empty(name) {
        let message = "<strong>Error:</strong> The username field is empty.";
        let refused = Refused::new("empty_username", message);
        return Err(Refused { also_password: empty(password), ..refused });
    }
    if empty(password) {
        return Err(Refused::new(EMPTY_PASSWORD.0, EMPTY_PASSWORD.1));
    }
    match state.user_by_name(name) {
        Some(user) if user.password == password => Ok(user.clone()),
        Some(_) => Err(Refused::wrong_password(state, name)),
        None if name.contains('@') => {
            let message = "Unknown email address. Check again or try your username.";
            Err(Refused::new("invalid_email", message))
        }
        None => Err(Refused::new(
            "invalid_username",
            format!(
                "<strong>Error:</strong> The username <strong>{name}</strong> is not registered on \
                 this site. If you are unsure of your username, try your email address instead."
            ),
        )),
    }
}

/// The sign-in endpoint of whichever plugin is active, or the failure that the test asked for.
pub(super) fn issue(state: &mut State, caller: &Caller, params: &Params) -> Result<Answer, Error> {
    let dialect = state.dialect().ok_or_else(Error::no_route)?;
    Ok(match state.tokens.failure {
        None => return (dialect.sign_in)(state, caller, params),
        Some(SignInFailure::WrongPassword) => {
            (dialect.wrong_password)(state, &params.text("username").unwrap_or_default())
        }
        Some(SignInFailure::BadConfig) => (dialect.bad_config)(),
        Some(SignInFailure::ServerErrorHtml) => pages::fatal_html(),
        Some(SignInFailure::ServerErrorJson) => pages::fatal_json(),
        Some(SignInFailure::Maintenance) => pages::maintenance(),
        Some(SignInFailure::TooManyRequests) => pages::too_many_requests(),
        Some(SignInFailure::Empty) => pages::empty(),
        Some(SignInFailure::NoToken) => Answer::ok(json!({ "user_nicename": "admin" })),
    })
}
