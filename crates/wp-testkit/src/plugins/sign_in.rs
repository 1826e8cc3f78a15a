//! Names and passwords: `wp_authenticate`.

use std::borrow::Cow;

use crate::{
    resources::app_passwords,
    state::{State, User},
};

/// The reason why WordPress refuses a sign-in. Its messages contain HTML.
pub(super) struct Refused {
    pub(super) code: Cow<'static, str>,
    pub(super) message: String,
    /// Both the name and the password are empty.
    pub(super) also_password: bool,
}

pub(super) const EMPTY_PASSWORD: (&str, &str) =
    ("empty_password", "<strong>Error:</strong> The password field is empty.");

impl Refused {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), also_password: false }
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

/// `wp_authenticate`: by login or e-mail address, with the account's password or, on a site that has had one, an
/// application password, whose result then takes precedence.
pub(super) fn authenticate(state: &mut State, name: &str, password: &str) -> Result<User, Refused> {
    let name = name.trim();
    let result = by_account(state, name, password).or_else(|refused| {
        if !state.had_app_passwords {
            return Err(refused);
        }
        match app_passwords::check(state, name, password) {
            Ok((id, _)) => state.users.get(&id).cloned().ok_or(refused),
            Err((code, message)) => Err(Refused::new(code, message)),
        }
    });
    count(state, result)
}

/// Counts the result of a sign-in.
pub(super) fn count<T, E>(state: &mut State, result: Result<T, E>) -> Result<T, E> {
    let counts = &mut state.counts;
    *(if result.is_ok() { &mut counts.sign_ins } else { &mut counts.failed_sign_ins }) += 1;
    result
}

/// Counts the result of a renewal.
pub(super) fn count_renewal<T, E>(state: &mut State, result: Result<T, E>) -> Result<T, E> {
    let counts = &mut state.counts;
    *(if result.is_ok() { &mut counts.renewals } else { &mut counts.failed_renewals }) += 1;
    result
}

/// PHP's `addslashes`. WordPress adds slashes to all form input, and so to the passwords that it hashes. Input
/// that a plugin reads from JSON has none.
pub(super) fn slashed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\'' | '"' | '\\' | '\0') {
            out.push('\\');
        }
        out.push(if c == '\0' { '0' } else { c });
    }
    out
}

/// `wp_authenticate_username_password` and the variant for e-mail addresses.
pub(super) fn by_account(state: &State, name: &str, password: &str) -> Result<User, Refused> {
    // For PHP, "0" is empty as well.
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
        Some(user) if slashed(&user.password) == password => Ok(user.clone()),
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
