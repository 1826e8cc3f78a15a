//! A token in the form in which it is saved between two runs of a program.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::claims::Claims;
use crate::{AuthError, Credential, Profile, RefreshToken, Token, credential};

/// A token with its expiry and user, to save it between two runs or to pass it to another program.
///
/// [`Token::save`] creates it, [`IdentityBuilder::resume`](crate::IdentityBuilder::resume) continues with it.
/// Anyone who has it can act as the user.
///
/// ```
/// # fn main() -> Result<(), wp_auth::AuthError> {
/// use wp_auth::{ExposeSecret, SavedToken};
///
/// // Export: the text goes where no other user can read it.
/// let exported = SavedToken::access("t0ken").client_name("importer").to_json();
/// // Restore, in the next run. Pass it to `IdentityBuilder::resume` to continue with it.
/// let saved = SavedToken::from_json(exported.expose_secret())?;
/// let token = saved.token()?;
/// assert_eq!(token.secret().map(|secret| secret.expose_secret()), Some("t0ken"));
/// assert_eq!(token.label(), Some("importer"));
/// assert!(!format!("{saved:?}").contains("t0ken"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SavedToken(Form<SecretString>);

/// The serialized form. Times are in milliseconds since 1970.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Form<S> {
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    /// The root URL of the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<S>,
    /// The header that carries it, if that is not `authorization`.
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    /// The text before the token in that header, if that is not `Bearer `.
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh: Option<S>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_since: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_expires: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<Profile>,
}

/// The current version. A form without a version was written by hand.
const VERSION: u32 = 1;

impl TryFrom<Form<SecretString>> for SavedToken {
    type Error = AuthError;

    fn try_from(form: Form<SecretString>) -> Result<Self, AuthError> {
        let nothing = || AuthError::invalid("the saved token is empty");
        if form.version.is_some_and(|version| version > VERSION) {
            return Err(AuthError::invalid("the saved token was written by a later version of these crates"));
        }
        (form.access.is_some() || form.refresh.is_some()).then_some(Self(form)).ok_or_else(nothing)
    }
}

pub(crate) fn milliseconds(time: SystemTime) -> Option<u64> {
    time.duration_since(UNIX_EPOCH).ok()?.as_millis().try_into().ok()
}

pub(crate) fn time(milliseconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds))
}

impl SavedToken {
    /// An access token without a refresh token. A leading `Bearer ` and surrounding whitespace are removed. The
    /// expiry of a JWT is read from its claims.
    pub fn access(token: impl Into<SecretString>) -> Self {
        let access = credential::bare_token(&token.into());
        let end = Claims::read(access.expose_secret()).and_then(|claims| claims.expires_at());
        Self(Form { access: Some(access), expires: end.and_then(milliseconds), ..Form::empty() })
    }

    /// A refresh token without an access token: of API Bearer Auth, or the cookie of useful-team's JWT Auth.
    pub fn refresh(token: impl Into<SecretString>) -> Self {
        Self(Form { refresh: Some(token.into()), ..Form::empty() })
    }

    /// Sets the `client_name` or `device` that the token was obtained with. A renewal needs it.
    pub fn client_name(mut self, name: impl Into<String>) -> Self {
        self.0.client_name = Some(name.into());
        self
    }

    pub(crate) fn of(token: &Token) -> Option<Self> {
        let refresh = token.refresh();
        let access = token.secret().cloned();
        let (header, prefix) = match &access {
            Some(secret) => token.credential().header_and_prefix(secret)?,
            None => (None, None),
        };
        (access.is_some() || refresh.is_some()).then(|| {
            Self(Form {
                version: Some(VERSION),
                root: token.root().map(str::to_owned),
                access,
                header,
                prefix,
                since: token.since().and_then(milliseconds),
                expires: token.expires_at().and_then(milliseconds),
                refresh: refresh.map(|refresh| refresh.secret.clone()),
                refresh_since: refresh.and_then(|refresh| milliseconds(refresh.since)),
                refresh_expires: refresh.and_then(|refresh| milliseconds(refresh.expires?)),
                client_name: token.label().map(str::to_owned),
                profile: token.profile().cloned(),
            })
        })
    }

    /// The token, in the header that it was sent in. If only a refresh token was saved, the result is an expired
    /// token that can be renewed.
    ///
    /// # Errors
    /// [`AuthErrorKind::Invalid`](crate::AuthErrorKind::Invalid) for a token that is not a valid header value.
    pub fn token(&self) -> Result<Token, AuthError> {
        let form = &self.0;
        let mut token = match &form.access {
            Some(access) => {
                let credential =
                    Credential::restored(form.header.as_deref(), form.prefix.as_deref(), access)?;
                Token::permanent(credential).with_secret(access.clone())
            }
            None => Token::permanent(Credential::none()).expires_after(UNIX_EPOCH, Duration::ZERO),
        };
        if let (Some(_), Some(end)) = (&form.access, form.expires.and_then(time)) {
            let since = form.since.and_then(time).filter(|since| *since <= end).unwrap_or(UNIX_EPOCH);
            token = token.expires_after(since, end.duration_since(since).unwrap_or_default());
        }
        if let Some(secret) = &form.refresh {
            let since = form.refresh_since.and_then(time).unwrap_or(UNIX_EPOCH);
            let expires = form.refresh_expires.and_then(time);
            token = token.with_refresh(RefreshToken { secret: secret.clone(), since, expires });
        }
        if let Some(profile) = &form.profile {
            token = token.with_profile(profile.clone());
        }
        if let Some(label) = &form.client_name {
            token = token.with_label(label);
        }
        Ok(token.of_root(form.root.clone()).restored())
    }

    /// The root URL of the API that issued it, if known. The token is not sent to another API.
    pub fn root(&self) -> Option<&str> {
        self.0.root.as_deref()
    }

    pub(crate) fn form(&self) -> &Form<SecretString> {
        &self.0
    }

    /// Whether it may be sent to the API at `root`.
    pub(crate) fn is_for(&self, root: &str) -> bool {
        self.root().is_none_or(|own| own == root)
    }

    /// When it expires by the clock of the machine that obtained it, if known.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.0.expires.and_then(time)
    }

    /// When neither the access token nor the refresh token is usable any more. `None` if one of them has no known
    /// expiry.
    pub fn usable_until(&self) -> Option<SystemTime> {
        let end = |there: bool, end: Option<u64>| if there { end.and_then(time) } else { Some(UNIX_EPOCH) };
        let access = end(self.0.access.is_some(), self.0.expires)?;
        Some(access.max(end(self.0.refresh.is_some(), self.0.refresh_expires)?))
    }

    /// Serializes it as JSON. The JSON contains secrets: store it where no other user can read it.
    pub fn to_json(&self) -> SecretString {
        let form = self.0.map(ExposeSecret::expose_secret);
        // Large enough that the buffer does not grow: growing would leave a copy of the secret in memory.
        let mut text = Vec::with_capacity(8 << 10);
        // The form has only strings and numbers, so serializing cannot fail.
        let written =
            serde_json::to_writer(&mut text, &form).ok().and_then(|()| String::from_utf8(text).ok());
        written.unwrap_or_default().into()
    }

    /// Reads the JSON that [`to_json`](Self::to_json) wrote. Unknown fields are ignored.
    ///
    /// # Errors
    /// [`AuthErrorKind::Invalid`](crate::AuthErrorKind::Invalid) for anything else. The error does not quote the
    /// input.
    pub fn from_json(text: &str) -> Result<Self, AuthError> {
        let invalid = |error: serde_json::Error| {
            AuthError::invalid(format!("the saved token is invalid: {}", place(&error)))
        };
        serde_json::from_str::<Form<SecretString>>(text).map_err(invalid)?.try_into()
    }
}

/// The position of an error. The error's own message may quote the input.
pub(crate) fn place(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

impl<S> Form<S> {
    fn empty() -> Self {
        Self {
            version: Some(VERSION),
            root: None,
            access: None,
            header: None,
            prefix: None,
            since: None,
            expires: None,
            refresh: None,
            refresh_since: None,
            refresh_expires: None,
            client_name: None,
            profile: None,
        }
    }

    /// Converts the secrets of the form.
    pub(crate) fn map<'a, T>(&'a self, secret: impl Fn(&'a S) -> T) -> Form<T> {
        Form {
            version: self.version,
            root: self.root.clone(),
            access: self.access.as_ref().map(&secret),
            header: self.header.clone(),
            prefix: self.prefix.clone(),
            since: self.since,
            expires: self.expires,
            refresh: self.refresh.as_ref().map(secret),
            refresh_since: self.refresh_since,
            refresh_expires: self.refresh_expires,
            client_name: self.client_name.clone(),
            profile: self.profile.clone(),
        }
    }
}

/// Shows which parts are present, but no secret.
impl fmt::Debug for SavedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedToken")
            .field("root", &self.0.root)
            .field("access", &self.0.access.is_some())
            .field("refresh", &self.0.refresh.is_some())
            .field("expires_at", &self.expires_at())
            .field("client_name", &self.0.client_name)
            .field("profile", &self.0.profile)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saved_token_round_trips() {
        let start = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let refresh = RefreshToken::permanent("r", start).expires_after(Duration::from_secs(99));
        let token = Token::permanent(Credential::bearer(&"t".into()).unwrap())
            .with_secret("t".into())
            .expires_after(start, Duration::from_secs(600))
            .with_refresh(refresh)
            .with_label("me")
            .with_profile(Profile { display_name: Some("Ana".to_owned()), ..Profile::default() });
        let saved = token.save().unwrap();
        assert!(!format!("{saved:?}").contains("\"t\""));
        let read = SavedToken::from_json(saved.to_json().expose_secret()).unwrap();
        let back = read.token().unwrap();
        assert!(back.is_same(&token));
        assert_eq!(back.expires_at(), token.expires_at());
        assert_eq!(back.profile(), token.profile());
        assert_eq!(back.label(), Some("me"));
        let refresh = back.refresh().unwrap();
        assert_eq!(refresh.secret.expose_secret(), "r");
        assert_eq!((refresh.since, refresh.expires), (start, Some(start + Duration::from_secs(99))));
        assert!(back.is_fresh(start) && !back.is_valid(start + Duration::from_secs(600)));
    }

    #[test]
    fn saved_refresh_token_without_access_token_is_expired() {
        let token = SavedToken::refresh("r").client_name("sync").token().unwrap();
        assert!(!token.is_valid(UNIX_EPOCH + Duration::from_secs(1)));
        assert!(token.secret().is_none() && token.refresh().is_some());
        assert_eq!(token.credential().headers().count(), 0);
    }

    #[test]
    fn invalid_saved_token_is_an_error_without_its_content() {
        for text in
            ["", "{}", "hunter2", "{\"access\":[\"hunter2\"]}", "{\"access\":\"hunter2\"", "[]", "null"]
        {
            let error = SavedToken::from_json(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
        let error = SavedToken::from_json("{\n \"access\": hunter2}").unwrap_err();
        assert!(error.to_string().ends_with("line 2, column 12"), "{error}");
        assert!(SavedToken::from_json(r#"{"access":"t","new":1}"#).is_ok());
        // A later version may mean something else by the same names.
        for (version, is_known) in [(0, true), (1, true), (2, false)] {
            let text = format!(r#"{{"access":"t","version":{version}}}"#);
            assert_eq!(SavedToken::from_json(&text).is_ok(), is_known, "{version}");
        }
    }

    #[test]
    fn saved_token_reports_expiry_and_end_of_usefulness() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        for (text, expires, usable) in [
            (r#"{"access":"a","expires":5000}"#, Some(at(5)), Some(at(5))),
            (r#"{"access":"a"}"#, None, None),
            (r#"{"refresh":"r","refresh_expires":9000}"#, None, Some(at(9))),
            (r#"{"refresh":"r"}"#, None, None),
            (
                r#"{"access":"a","expires":5000,"refresh":"r","refresh_expires":9000}"#,
                Some(at(5)),
                Some(at(9)),
            ),
            (
                r#"{"access":"a","expires":9000,"refresh":"r","refresh_expires":5000}"#,
                Some(at(9)),
                Some(at(9)),
            ),
            (r#"{"access":"a","expires":5000,"refresh":"r"}"#, Some(at(5)), None),
        ] {
            let saved = SavedToken::from_json(text).unwrap();
            assert_eq!((saved.expires_at(), saved.usable_until()), (expires, usable), "{text}");
        }
        // {"exp":5}
        assert_eq!(SavedToken::access("e30.eyJleHAiOjV9.c2ln").expires_at(), Some(at(5)));
        // If the token ends before it begins, the end counts.
        let saved = SavedToken::from_json(r#"{"access":"a","since":9000,"expires":5000}"#).unwrap();
        assert_eq!(saved.token().unwrap().expires_at(), Some(at(5)));
    }

    #[test]
    fn saved_token_keeps_its_header_and_prefix() {
        let secret = SecretString::from("t");
        let bearer = || Credential::bearer(&secret).unwrap();
        for credential in [
            bearer(),
            bearer().in_header("x-authorization").unwrap(),
            Credential::header("authorization", &"Token t".into()).unwrap(),
            Credential::header("x-api-key", &secret).unwrap(),
            Credential::header("x-api-key", &"key=t".into()).unwrap(),
        ] {
            let token = Token::permanent(credential.clone()).with_secret(secret.clone());
            let back = SavedToken::from_json(token.save().unwrap().to_json().expose_secret()).unwrap();
            let headers: Vec<_> = credential.headers().collect();
            assert_eq!(back.token().unwrap().credential().headers().collect::<Vec<_>>(), headers);
        }
        // Where it does not stand in a header, or not alone, it cannot be written down.
        let api_key = Credential::header("x-gate", &"g".into()).unwrap();
        for credential in [api_key.and(&bearer()), Credential::header("x-api-key", &"other".into()).unwrap()]
        {
            assert!(Token::permanent(credential).with_secret(secret.clone()).save().is_none());
        }
    }

    #[test]
    fn saved_token_parses_any_text_and_any_number_without_a_panic() {
        let mut random = fastrand::Rng::with_seed(11);
        let pieces = [
            "{",
            "}",
            "\"access\"",
            ":",
            "\"t\"",
            ",",
            "\"expires\"",
            "18446744073709551615",
            "-1",
            "1e400",
            "\"since\"",
            "null",
            "[",
            "\"refresh\"",
            "\"profile\"",
            "\u{0}",
            "0",
        ];
        for _ in 0..20_000 {
            let text: String =
                (0..random.usize(..14)).map(|_| pieces[random.usize(..pieces.len())]).collect();
            if let Ok(saved) = SavedToken::from_json(&text) {
                let _ = saved.token();
            }
        }
        let far = r#"{"access":"t","since":0,"expires":18446744073709551615}"#;
        let _ = SavedToken::from_json(far).unwrap().token().unwrap();
    }
}
