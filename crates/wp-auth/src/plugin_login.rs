//! Signing in at a token plugin.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header::COOKIE;
use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use wp_core::{ApiError, Body, Query, Route, Site, async_trait};

use crate::claims::{Claims, ROUNDING};
use crate::client_name::{self, OwnName};
use crate::dialect::{DIALECTS, Dialect, Renewal};
use crate::exchange::{self, Answer, Fields};
use crate::meaning::meaning;
use crate::plugins::Plugin;
use crate::token::Refresh;
use crate::{
    AuthError, AuthErrorKind, Credential, Login, Occasion, Profile, SavedToken, Token, TokenProvider, cookie,
    credential,
};

/// Signs in at a token plugin with a login and a password, and renews its tokens. Which plugin, and what
/// is special about it, its [`Plugin`] says: [`JwtAuth`](crate::JwtAuth),
/// [`ApiBearerAuth`](crate::ApiBearerAuth), [`MiniOrangeJwt`](crate::MiniOrangeJwt),
/// [`UsefulTeamJwt`](crate::UsefulTeamJwt).
pub struct PluginLogin<P> {
    dialect: &'static Dialect,
    source: Source,
    /// The `client_name` or `device` that the program chose.
    label: Option<String>,
    own_name: OwnName,
    plugin: PhantomData<fn() -> P>,
}

/// Where the login and the password come from.
enum Source {
    Given(Login),
    /// Only renewals are possible.
    Nowhere,
    Asked(Arc<dyn Fn() -> BoxFuture<'static, Option<Login>> + Send + Sync>),
}

/// An API Bearer Auth in JWT mode cannot renew a token within the second in which it was made: the new one
/// would be the same, and it takes that for a failure.
const SAME_SECOND: Duration = Duration::from_millis(1_100);

impl<P: Plugin> PluginLogin<P> {
    /// Signs in as `user`, which is a login or an e-mail address, with the password of the account.
    pub fn new(user: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self::from_source(Source::Given(Login::new(user, password)))
    }

    /// Signs in with a login and a password.
    pub fn with(login: Login) -> Self {
        Self::from_source(Source::Given(login))
    }

    /// Has no password: goes on with a token that was saved ([`resume`](TokenProvider::resume)) and renews
    /// that. When nothing is left to try, the error is [`AuthErrorKind::SignInRequired`].
    pub fn without_password() -> Self {
        Self::from_source(Source::Nowhere)
    }

    /// Asks for a login and a password each time that nothing else is left: of a person, or of a vault.
    /// `None` is [`AuthErrorKind::SignInRequired`].
    ///
    /// ```
    /// # use wp_auth::{JwtAuth, Login};
    /// let provider = JwtAuth::asking(|| async { Some(Login::new("ana", "from a vault")) });
    /// ```
    pub fn asking<F, A>(ask: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Option<Login>> + Send + 'static,
    {
        Self::from_source(Source::Asked(Arc::new(move || ask().boxed())))
    }

    fn from_source(source: Source) -> Self {
        let own_name = OwnName::default();
        Self { dialect: P::DIALECT.0, source, label: None, own_name, plugin: PhantomData }
    }

    pub(crate) fn labelled(mut self, label: String) -> Self {
        self.label = Some(label);
        self
    }
}

impl<P> fmt::Debug for PluginLogin<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct(self.dialect.provider);
        if let Some(user) = self.user() {
            shown.field("user", &user);
        }
        if let Some(label) = &self.label {
            shown.field("label", label);
        }
        shown.finish_non_exhaustive()
    }
}

#[async_trait]
impl<P: Plugin> TokenProvider for PluginLogin<P> {
    async fn obtain(&self, site: &Site, occasion: Occasion<'_>) -> Result<Token, AuthError> {
        let can_sign_in = !matches!(self.source, Source::Nowhere);
        let label = if can_sign_in { self.label(site, occasion).await? } else { None };
        let mut refused = None;
        let renewable = occasion.previous().and_then(|token| Some((token, token.refresh()?)));
        // What was obtained under another name belongs to others as well, and renewing it would end theirs.
        let is_ours = |token: &Token| !can_sign_in || token.label() == label.as_deref();
        if let Some((token, refresh)) = renewable.filter(|(token, _)| is_ours(token)) {
            match self.renew(site, token, refresh).await {
                Ok(token) => return Ok(token.of_site(Some(site.root().origin()))),
                // The refresh token has come to its end; other errors say nothing of it.
                Err(error) if error.kind().is_renewable() => refused = Some(error),
                Err(error) => return Err(error),
            }
        }
        let login = match &self.source {
            Source::Given(login) => Some(login.clone()),
            Source::Nowhere => None,
            Source::Asked(ask) => ask().await,
        };
        let Some(login) = login else {
            return Err(match refused.as_ref().and_then(AuthError::api_error) {
                Some(api) => AuthError::api(AuthErrorKind::SignInRequired, api.clone()),
                None => AuthError::new(AuthErrorKind::SignInRequired, "there is no password to sign in with"),
            });
        };
        Ok(self.sign_in(site, &login, label).await?.of_site(Some(site.root().origin())))
    }

    fn meaning(&self, error: &ApiError) -> Option<AuthErrorKind> {
        meaning(self.dialect.at_use, error)
    }

    async fn validate(&self, site: &Site, token: &Token) -> Result<(), AuthError> {
        let (method, route) = &self.dialect.check;
        let mut request = site.request(method.clone(), &Route::new(route)?, &Query::new(), Body::empty())?;
        token.credential().apply(request.headers_mut());
        let secrets: Vec<_> = token.secret().into_iter().collect();
        match exchange::send(site, request, &secrets).await {
            Ok(_) => Ok(()),
            Err(error) => Err(error.read_as(self.dialect.at_use)),
        }
    }

    fn restore(&self, saved: &SavedToken) -> Result<Token, AuthError> {
        Ok(self.marked(saved.token()?))
    }

    fn name(&self) -> &'static str {
        self.dialect.provider
    }

    fn account(&self) -> Option<String> {
        Some(format!("{} {}", self.dialect.provider, self.user().unwrap_or_default()))
    }
}

impl<P> PluginLogin<P> {
    fn user(&self) -> Option<&str> {
        match &self.source {
            Source::Given(login) => Some(login.user()),
            Source::Nowhere | Source::Asked(_) => None,
        }
    }

    /// The `client_name` or `device` to sign in under.
    async fn label(&self, site: &Site, occasion: Occasion<'_>) -> Result<Option<String>, AuthError> {
        let Some(field) = &self.dialect.label else { return Ok(None) };
        let Some(label) = &self.label else {
            return Ok(match (field.required, occasion.is_shared()) {
                (false, _) => None,
                (true, true) => {
                    let kept = occasion.previous().and_then(Token::label);
                    let kept = kept.filter(|name| client_name::is_shared(name)).map(str::to_owned);
                    Some(kept.unwrap_or_else(client_name::shared))
                }
                (true, false) => {
                    let account = format!("{} {}", site.root(), self.user().unwrap_or_default());
                    Some(self.own_name.get(account).await)
                }
            });
        };
        if label.chars().count() > client_name::MOST {
            let (field, most) = (field.field, client_name::MOST);
            return Err(AuthError::invalid(format!("the {field} {label:?} has more than {most} characters")));
        }
        Ok(Some(label.clone()))
    }

    fn labelling<'a>(&self, label: Option<&'a str>) -> Option<(&'static str, &'a str)> {
        Some((self.dialect.label.as_ref()?.field, label?))
    }

    async fn sign_in(&self, site: &Site, login: &Login, label: Option<String>) -> Result<Token, AuthError> {
        let mut fields = vec![("username", login.user()), ("password", login.password().expose_secret())];
        fields.extend(self.labelling(label.as_deref()));
        let asked = site.clock().now();
        let request = exchange::post(site, self.dialect.sign_in, self.dialect.encoding, &Fields(fields))?;
        let answer = exchange::send(site, request, &[login.password()]).await;
        let answer = answer.map_err(|error| error.read_as(self.dialect.at_sign_in))?;
        let mut granted = Granted(answer.json.decode()?);
        let token = self.token(&mut granted, asked)?.with_label(label);
        let refresh = match &self.dialect.renewal {
            Renewal::SignIn => None,
            Renewal::Token { .. } => granted.secret(self.dialect.grant.refresh).map(|secret| (secret, None)),
            Renewal::Cookie { name, .. } => cookie::find(&answer.headers, name),
        };
        Ok(match refresh {
            Some((secret, life)) => token.with_refresh(Refresh::new(secret, asked, life)),
            None => token,
        })
    }

    async fn renew(&self, site: &Site, previous: &Token, refresh: &Refresh) -> Result<Token, AuthError> {
        let asked = site.clock().now();
        let label = previous.label();
        let (answer, refresh) = match &self.dialect.renewal {
            Renewal::SignIn => {
                return Err(AuthError::new(
                    AuthErrorKind::TokenRefused,
                    "tokens of this plugin cannot be renewed",
                ));
            }
            Renewal::Token { route, field } => {
                let answer = match self.by_token(site, route, field, refresh, label).await {
                    Err(error) if error.kind() == AuthErrorKind::TokenRefused && may_be_jwt(previous) => {
                        site.clock().sleep(SAME_SECOND).await;
                        self.by_token(site, route, field, refresh, label).await?
                    }
                    answer => answer?,
                };
                (answer, refresh.clone())
            }
            Renewal::Cookie { name, rotate } => {
                let answer = self.by_cookie(site, self.dialect.sign_in, name, refresh, label).await?;
                // The token is here: should the younger cookie be lost, there is still the older one.
                let rotated = if refresh.is_half_over(asked) {
                    self.by_cookie(site, rotate, name, refresh, label).await.ok()
                } else {
                    None
                };
                let younger = rotated.and_then(|answer| cookie::find(&answer.headers, name));
                let younger = younger.map(|(secret, life)| Refresh::new(secret, asked, life));
                (answer, younger.unwrap_or_else(|| refresh.clone()))
            }
        };
        let mut token = self.token(&mut Granted(answer.json.decode()?), asked)?;
        if let (Some(profile), Renewal::Token { .. }) = (previous.profile(), &self.dialect.renewal) {
            // Its answer says nothing of the user.
            token = token.with_profile(profile.clone());
        }
        Ok(token.with_label(label.map(str::to_owned)).with_refresh(refresh))
    }

    async fn by_token(
        &self,
        site: &Site,
        route: &str,
        field: &str,
        refresh: &Refresh,
        label: Option<&str>,
    ) -> Result<Answer, AuthError> {
        let mut fields = vec![(field, refresh.secret.expose_secret())];
        fields.extend(self.labelling(label));
        let request = exchange::post(site, route, self.dialect.encoding, &Fields(fields))?;
        let answer = exchange::send(site, request, &[&refresh.secret]).await;
        answer.map_err(|error| error.read_as(self.dialect.at_use))
    }

    async fn by_cookie(
        &self,
        site: &Site,
        route: &str,
        name: &str,
        refresh: &Refresh,
        label: Option<&str>,
    ) -> Result<Answer, AuthError> {
        let fields = Fields(self.labelling(label).into_iter().collect());
        let mut request = exchange::post(site, route, self.dialect.encoding, &fields)?;
        let pair = [name, "=", refresh.secret.expose_secret()];
        request.headers_mut().insert(COOKIE, credential::secret_value(&COOKIE, &pair)?);
        let answer = exchange::send(site, request, &[&refresh.secret]).await;
        answer.map_err(|error| error.read_as(self.dialect.at_use))
    }

    /// What the plugin granted when it was asked at `asked`.
    fn token(&self, granted: &mut Granted, asked: SystemTime) -> Result<Token, AuthError> {
        let grant = &self.dialect.grant;
        let Some(secret) = granted.secret(grant.token) else { return Err(self.no_token(granted)) };
        let claims = Claims::read(secret.expose_secret()).unwrap_or_default();
        let lifetime = granted.seconds(grant.lifetime).or_else(|| claims.lifetime());
        let profile = Profile {
            id: granted.read(grant.id).or_else(|| claims.user()),
            login: granted.read(grant.login),
            email: granted.read(grant.email),
            nicename: granted.read(grant.nicename),
            display_name: granted.read(grant.display_name),
            roles: granted.read(grant.roles).unwrap_or_default(),
        };
        let token = Token::permanent(Credential::bearer(&secret)?).with_secret(secret).with_profile(profile);
        Ok(self.marked(match lifetime {
            Some(lifetime) => token.expires_after(asked, lifetime),
            None => token,
        }))
    }

    /// What is special about its tokens.
    fn marked(&self, token: Token) -> Token {
        // Of an opaque token, the plugin keeps one: its renewal overwrites it.
        let overwritten = matches!(self.dialect.renewal, Renewal::Token { .. }) && !may_be_jwt(&token);
        let token = if overwritten { token.ending_when_renewed() } else { token };
        if self.dialect.ignores_bad_tokens { token.being_ignored_when_bad() } else { token }
    }

    /// Two plugins have the same route, and answer in their own words.
    fn no_token(&self, granted: &Granted) -> AuthError {
        let speaks = |other: &&&Dialect| {
            other.sign_in == self.dialect.sign_in
                && granted.at(other.grant.token).is_some_and(Value::is_string)
        };
        if let Some(other) = DIALECTS.iter().find(speaks) {
            let detail = format!("the site has the plugin {}: use `{}`", other.plugin, other.provider);
            return AuthError::new(AuthErrorKind::NotOffered, detail);
        }
        let detail = format!("the answer has no token at {}", self.dialect.grant.token);
        AuthError::new(AuthErrorKind::BadAnswer, detail)
    }
}

/// Whether a renewal of it may come within the second in which it was made.
fn may_be_jwt(token: &Token) -> bool {
    token.secret().is_none_or(|text| Claims::read(text.expose_secret()).is_some())
}

/// What a token endpoint granted: tokens, and what old releases send along, such as the hash of the
/// password. Wiped from memory with the last of it.
struct Granted(Value);

impl Granted {
    /// What is at `pointer`; an empty one points nowhere.
    fn at(&self, pointer: &str) -> Option<&Value> {
        self.0.pointer(pointer).filter(|_| !pointer.is_empty())
    }

    fn secret(&mut self, pointer: &str) -> Option<SecretString> {
        match self.0.pointer_mut(pointer).filter(|_| !pointer.is_empty())?.take() {
            Value::String(text) if !text.is_empty() => Some(text.into()),
            _ => None,
        }
    }

    /// As any type; `None` for whatever is none of it, for a site can put anything there.
    fn read<T: DeserializeOwned>(&self, pointer: &str) -> Option<T> {
        serde_json::from_value(self.at(pointer)?.clone()).ok()
    }

    fn seconds(&self, pointer: &str) -> Option<Duration> {
        let value = self.at(pointer)?;
        let seconds = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
        Some(Duration::try_from_secs_f64(seconds.max(0.0)).ok()?.saturating_sub(ROUNDING))
    }
}

impl Drop for Granted {
    fn drop(&mut self) {
        fn wipe(value: &mut Value) {
            match value {
                Value::String(text) => text.zeroize(),
                Value::Array(list) => list.iter_mut().for_each(wipe),
                Value::Object(map) => map.values_mut().for_each(wipe),
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
        wipe(&mut self.0);
    }
}
