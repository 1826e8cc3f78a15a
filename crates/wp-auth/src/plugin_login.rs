//! A provider that signs in at a token plugin.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header::COOKIE;
use secrecy::zeroize::{Zeroize, Zeroizing};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use wp_core::{ApiError, Query, Site, async_trait};

use crate::back_off::{back_off, is_remembered};
use crate::claims::{Claims, ROUNDING};
use crate::classify::classify;
use crate::client_name::{self, OwnName};
use crate::exchange::{self, Fields, Received};
use crate::known_plugins::{KNOWN, Known};
use crate::plugin::{Plugin, RenewalKind};
use crate::{
    Account, AuthError, AuthErrorKind, Credential, Login, Profile, RefreshToken, Scheme, SchemeKind,
    SecondFactor, Token, TokenProvider, TokenRequest, cookie, credential, proof,
};

/// Signs in at a token plugin with a login and a password, and renews its tokens.
///
/// For the supported plugins, use the constructors of [`JwtAuth`](crate::JwtAuth),
/// [`ApiBearerAuth`](crate::ApiBearerAuth), [`MiniOrangeJwt`](crate::MiniOrangeJwt),
/// [`UsefulTeamJwt`](crate::UsefulTeamJwt) and [`SimpleJwtLogin`](crate::SimpleJwtLogin), which all return a
/// `PluginLogin`.
pub struct PluginLogin {
    plugin: Arc<Plugin>,
    source: Source,
    /// The `client_name` or `device` that the program set.
    label: Option<String>,
    own_name: OwnName,
    slashed: bool,
}

/// The source of the login and the password.
enum Source {
    Given(Login),
    /// There is no password: only renewals are possible.
    Nowhere,
    Asked {
        ask: Arc<dyn Fn() -> BoxFuture<'static, Option<Login>> + Send + Sync>,
        refused: RefusedLogins,
    },
}

/// The most recent logins that the site refused.
#[derive(Default)]
struct RefusedLogins(Mutex<Vec<Refused>>);

const MAX_REFUSED_LOGINS: usize = 8;

struct Refused {
    login: Login,
    error: AuthError,
    since: SystemTime,
    count: u32,
}

/// API Bearer Auth in JWT mode cannot renew a token in the second in which it was issued: the new token would be
/// identical, and the plugin reports that as a failure.
const SAME_SECOND: Duration = Duration::from_millis(1_100);

impl PluginLogin {
    /// A provider that signs in at `plugin` as `user`, a login or an e-mail address, with the account's password.
    pub fn new(
        plugin: impl Into<Arc<Plugin>>,
        user: impl Into<String>,
        password: impl Into<SecretString>,
    ) -> Self {
        Self::from_login(plugin, Login::new(user, password))
    }

    /// A provider that signs in at `plugin` with a login and a password.
    pub fn from_login(plugin: impl Into<Arc<Plugin>>, login: Login) -> Self {
        Self::from_source(plugin.into(), Source::Given(login))
    }

    /// A provider without a password. It continues with a saved token
    /// ([`resume`](crate::IdentityBuilder::resume)) and renews it. When the token cannot be renewed any more, the
    /// error is [`AuthErrorKind::SignInRequired`].
    ///
    /// If the plugin returns a new refresh token with each renewal ([`rotating`](crate::Renewal::rotating)), a
    /// renewal whose response is lost on the network ends the session: the old refresh token is invalid and the
    /// new one is unknown. Then the user must sign in again. A response that arrived is not lost, even if the
    /// waiting tasks are cancelled.
    pub fn without_password(plugin: impl Into<Arc<Plugin>>) -> Self {
        Self::from_source(plugin.into(), Source::Nowhere)
    }

    /// A provider that calls `ask` for a login and a password, for example from the user or from a vault, each
    /// time that it cannot renew. If `ask` returns `None`, the error is [`AuthErrorKind::SignInRequired`]. A
    /// login that the site refused a moment ago is not sent again during its back-off; a different login is sent
    /// at once.
    ///
    /// ```
    /// # use wp_auth::{JwtAuth, Login};
    /// let provider = JwtAuth::login_from(|| async { Some(Login::new("ana", "from a vault")) });
    /// ```
    pub fn login_from<F, A>(plugin: impl Into<Arc<Plugin>>, ask: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Option<Login>> + Send + 'static,
    {
        let ask = Arc::new(move || ask().boxed());
        Self::from_source(plugin.into(), Source::Asked { ask, refused: RefusedLogins::default() })
    }

    fn from_source(plugin: Arc<Plugin>, source: Source) -> Self {
        Self { plugin, source, label: None, own_name: OwnName::default(), slashed: false }
    }

    /// Sets the name under which the plugin knows this program: the `client_name` of API Bearer Auth, the
    /// `device` of useful-team's JWT Auth. Plugins without such a field ignore it.
    ///
    /// API Bearer Auth accepts at most 45 characters. It revokes the older of two tokens of one user with the
    /// same name, so two programs need two names. Default: a generated name for each program that runs on a
    /// machine. With the feature `file-store`, the generated name is the same in each run, if the user of the
    /// process has a private directory (`XDG_RUNTIME_DIR`, or one in a sticky temporary directory); otherwise
    /// each run has a new name. With a [store](crate::IdentityBuilder::store), all processes that share it use
    /// one name.
    ///
    /// The user sees the name of a device in their profile. Use only letters and digits: the plugin escapes other
    /// characters inconsistently.
    pub fn client_name(mut self, name: impl Into<String>) -> Self {
        self.label = Some(name.into());
        self
    }

    /// Sends the password with a backslash before each quote and backslash. WordPress hashes the passwords that
    /// users type in this form. A plugin that does not convert its input accepts such a password only in this
    /// form: all supported plugins except Simple JWT Login 4 (observed). A password that was set with
    /// `wp_set_password` is hashed as it is.
    pub fn slashed_password(mut self) -> Self {
        self.slashed = true;
        self
    }

    fn user(&self) -> Option<&str> {
        match &self.source {
            Source::Given(login) => Some(login.user()),
            Source::Nowhere | Source::Asked { .. } => None,
        }
    }

    /// The password in the form that is sent.
    fn sent_password(&self, login: &Login) -> SecretString {
        let password = login.password();
        if self.slashed { slashed(password.expose_secret()).into() } else { password.clone() }
    }

    fn can_sign_in(&self) -> bool {
        !matches!(self.source, Source::Nowhere)
    }
}

impl fmt::Debug for PluginLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("PluginLogin");
        shown.field("plugin", &self.plugin.name);
        if let Some(user) = self.user() {
            shown.field("user", &user);
        }
        if let Some(label) = &self.label {
            shown.field("client_name", label);
        }
        shown.finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenProvider for PluginLogin {
    async fn obtain(&self, site: &Site, request: TokenRequest<'_>) -> Result<Token, AuthError> {
        let label = if self.can_sign_in() { self.label(site, request).await? } else { None };
        let renewable = request.previous().and_then(|token| Some((token, token.refresh()?)));
        // A token that was obtained under another name may be in use elsewhere, and renewing it would revoke it
        // there.
        let is_ours = |token: &Token| {
            !self.can_sign_in()
                || token.label() == label.as_deref()
                || !(request.is_shared() || token.is_restored())
        };
        let mut refused = None;
        if let Some((token, refresh)) = renewable.filter(|(token, _)| is_ours(token)) {
            match self.renew(site, token, refresh).await {
                Ok(token) => return Ok(token),
                Err(error) if keeps_refresh_token(&error) || !self.can_sign_in() => {
                    if !error.kind().is_renewable() {
                        return Err(error);
                    }
                    refused = Some(error);
                }
                // Whatever the renewal error is, the password can still be tried.
                Err(error) => refused = Some(error),
            }
        }
        let login = match &self.source {
            Source::Given(login) => Some(login.clone()),
            Source::Nowhere => None,
            Source::Asked { ask, .. } => ask().await,
        };
        let Some(login) = login else {
            // A token that was refused a while ago is tried again, as a key is: the refusal may have been a
            // server error.
            let now = site.clock().now();
            let kept = request.previous().filter(|token| !request.is_refused() && token.is_fresh(now));
            if let Some(token) = kept {
                return Ok(token.clone());
            }
            return Err(match refused.as_ref().and_then(AuthError::api_error) {
                Some(api) => AuthError::api(AuthErrorKind::SignInRequired, api.clone()),
                None => {
                    AuthError::new(AuthErrorKind::SignInRequired, "no password was given to sign in with")
                }
            });
        };
        let Source::Asked { refused, .. } = &self.source else {
            return self.sign_in(site, &login, label).await;
        };
        refused.look(&login, site.clock().now())?;
        let outcome = self.sign_in(site, &login, label).await;
        outcome.map_err(|error| refused.note(login, error, site.clock().now()))
    }

    fn classify(&self, error: &ApiError) -> Option<AuthErrorKind> {
        classify(&self.plugin.at_use, error)
    }

    async fn validate(&self, site: &Site, token: &Token) -> Result<(), AuthError> {
        let Some(check) = &self.plugin.check else {
            return Err(AuthError::new(
                AuthErrorKind::Unsupported,
                "the plugin has no route that says whether a token is good",
            ));
        };
        let mut request = proof::request(site, &check.method, &check.route, Query::new())?;
        token.credential().apply(request.headers_mut());
        let secrets: Vec<_> = token.secret().into_iter().collect();
        let received = exchange::send(site, request, &secrets).await;
        let json = received.map_err(|error| error.classified_by(&self.plugin.at_use))?.json;
        if check.words.is_empty() {
            return proof::user(&json, Some(token)).map(drop);
        }
        let value: Value = json.decode().unwrap_or_default();
        let says =
            |pointer: &str, word: &str| value.pointer(pointer).is_some_and(|found| is_text(found, word));
        let has_token =
            |text: &SecretString| check.echo.iter().any(|pointer| says(pointer, text.expose_secret()));
        let is_proven = check.words.iter().all(|(pointer, word)| says(pointer, word))
            && (check.echo.is_empty() || token.secret().is_some_and(has_token));
        if is_proven {
            return Ok(());
        }
        let detail = format!("the site's response to {} does not say that the token is good", check.route);
        Err(AuthError::new(AuthErrorKind::Unproven, detail))
    }

    fn adopt(&self, token: Token) -> Token {
        self.marked(token)
    }

    fn scheme(&self) -> Scheme {
        let Plugin { name, provider, sign_in, .. } = &*self.plugin;
        let shown = if provider.is_empty() { name.clone() } else { (*provider).into() };
        Scheme::new(shown, SchemeKind::TokenPlugin)
            .identified_by(format!("{name} {sign_in}"))
            .reading_one_header(self.plugin.reads_one_header)
            .locking_after_refusals(self.plugin.locks_after_refusals)
    }

    fn account(&self) -> Option<Account> {
        let Source::Given(login) = &self.source else { return None };
        // The site may accept one form of the password and refuse the other, so the account includes the form
        // that is sent.
        let account = Account::new(login.user()).with_secret(self.sent_password(login));
        Some(match &self.label {
            Some(label) => account.with_label(label),
            None => account,
        })
    }
}

/// Whether the refresh token may still be valid, so that the next attempt must try it again: the server was not
/// reached, or asks to wait.
fn keeps_refresh_token(error: &AuthError) -> bool {
    error.transport_error().is_some()
        || error.retry_after().is_some()
        || matches!(error.kind(), AuthErrorKind::RateLimited | AuthErrorKind::LockedOut)
}

fn is_text(found: &Value, text: &str) -> bool {
    match found {
        Value::String(found) => found == text,
        Value::Null | Value::Array(_) | Value::Object(_) => false,
        Value::Bool(found) => text == if *found { "true" } else { "false" },
        Value::Number(found) => found.to_string() == text,
    }
}

impl RefusedLogins {
    /// # Errors
    /// The error of this login, if the site refused it a moment ago.
    fn look(&self, login: &Login, now: SystemTime) -> Result<(), AuthError> {
        let refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(last) = refused.iter().find(|refused| refused.login.is(login)) else { return Ok(()) };
        match now.duration_since(last.since) {
            Ok(age) if age < back_off(&last.error, last.count) => Err(last.error.clone()),
            _ => Ok(()),
        }
    }

    fn note(&self, login: Login, error: AuthError, now: SystemTime) -> AuthError {
        if !is_remembered(&error) {
            return error;
        }
        let error = error.of_one_login();
        let mut refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = refused.iter().position(|refused| refused.login.is(&login));
        let count = known.map_or(0, |at| refused.remove(at).count).saturating_add(1);
        refused.push(Refused { login, error: error.clone(), since: now, count });
        let over = refused.len().saturating_sub(MAX_REFUSED_LOGINS);
        refused.drain(..over);
        error
    }
}

impl PluginLogin {
    /// The `client_name` or `device` for a sign-in.
    async fn label(&self, site: &Site, request: TokenRequest<'_>) -> Result<Option<String>, AuthError> {
        let Some(field) = &self.plugin.label else { return Ok(None) };
        let Some(label) = &self.label else {
            return Ok(match (field.required, request.is_shared()) {
                (false, _) => None,
                // A new sign-in must not revoke the token of an earlier one.
                (true, _) if request.signs_in() => Some(client_name::visit()),
                (true, true) => {
                    let kept = request.previous().and_then(Token::label);
                    let kept = kept.filter(|name| client_name::is_shared(name)).map(str::to_owned);
                    Some(kept.unwrap_or_else(client_name::shared))
                }
                (true, false) => {
                    let account = format!("{} {}", site.root(), self.user().unwrap_or_default());
                    Some(self.own_name.get(&account).await)
                }
            });
        };
        if label.chars().count() > client_name::MAX_LENGTH {
            let (field, max) = (&field.field, client_name::MAX_LENGTH);
            return Err(AuthError::invalid(format!("the {field} {label:?} has more than {max} characters")));
        }
        Ok(Some(label.clone()))
    }

    async fn sign_in(&self, site: &Site, login: &Login, label: Option<String>) -> Result<Token, AuthError> {
        let plugin = &self.plugin;
        let (password, sent) = (login.password().expose_secret(), self.sent_password(login));
        let mut fields =
            vec![(&*plugin.user_field, login.user()), (&*plugin.password_field, sent.expose_secret())];
        fields.extend(labelling(plugin, label.as_deref()));
        let asked = site.clock().now();
        let request = exchange::post(site, &plugin.sign_in, plugin.encoding, &Fields(fields))?;
        let received = exchange::send(site, request, &[login.password()]).await;
        let received = received.map_err(|error| {
            let error = error.classified_by(&plugin.at_sign_in).with_password();
            let has_quote = password.contains(['"', '\'', '\\']) && plugin.compares_slashed && !self.slashed;
            if has_quote && error.kind() == AuthErrorKind::WrongCredentials {
                error.with_detail(
                    "the password holds a quote or a backslash: WordPress keeps such a password in another form, which this \
                     plugin does not make of it; `slashed_password` sends that form",
                )
            } else {
                error
            }
        })?;
        granted(plugin, &received, asked, label)
    }

    async fn renew(&self, site: &Site, previous: &Token, refresh: &RefreshToken) -> Result<Token, AuthError> {
        let asked = site.clock().now();
        let label = previous.label();
        let plugin = &self.plugin;
        let (received, refresh) = match &plugin.renewal.0 {
            RenewalKind::SignIn => {
                return Err(AuthError::new(
                    AuthErrorKind::TokenRefused,
                    "tokens of this plugin cannot be renewed",
                ));
            }
            RenewalKind::Token { route, field, rotates, itself } => {
                let is_itself = previous.secret().is_some_and(|secret| is_same(secret, &refresh.secret));
                let field = itself.as_ref().filter(|_| is_itself).unwrap_or(field);
                let received = match self.by_token(site, route, field, refresh, label).await {
                    Err(error)
                        if error.kind() == AuthErrorKind::TokenRefused
                            && !rotates
                            && may_be_jwt(previous) =>
                    {
                        site.clock().sleep(SAME_SECOND).await;
                        self.by_token(site, route, field, refresh, label).await?
                    }
                    received => received?,
                };
                (received, refresh.clone())
            }
            RenewalKind::Cookie { name, rotate } => {
                let received = self.by_cookie(site, &plugin.sign_in, name, refresh, label).await?;
                // The new token is here already: if the rotation of the cookie fails, the old cookie still works.
                let rotated = if refresh.is_half_over(asked) {
                    self.by_cookie(site, rotate, name, refresh, label).await.ok()
                } else {
                    None
                };
                let younger = rotated.and_then(|received| cookie::find(&received.headers, name));
                let younger = younger.map(|(secret, life)| refresh_token(secret, asked, life));
                (received, younger.unwrap_or_else(|| refresh.clone()))
            }
        };
        let mut token = granted(plugin, &received, asked, label.map(str::to_owned))?;
        if let Some(lifetime) = prolonged(previous, &token, asked) {
            token = token.expires_after(asked, lifetime);
        }
        if !token.is_valid(asked) {
            return Err(AuthError::new(
                AuthErrorKind::TokenRefused,
                "the token that came of the renewal has ended already",
            ));
        }
        if token.profile().is_none_or(|profile| profile.login.is_none() && profile.email.is_none())
            && let Some(profile) = previous.profile()
        {
            // The renewal response does not describe the user.
            token = token.with_profile(profile.clone());
        }
        // A rotated refresh token came with the token.
        Ok(if token.refresh().is_some() { token } else { token.with_refresh(refresh) })
    }

    async fn by_token(
        &self,
        site: &Site,
        route: &str,
        field: &str,
        refresh: &RefreshToken,
        label: Option<&str>,
    ) -> Result<Received, AuthError> {
        let mut fields = vec![(field, refresh.secret.expose_secret())];
        fields.extend(labelling(&self.plugin, label));
        let request = exchange::post(site, route, self.plugin.encoding, &Fields(fields))?;
        let received = exchange::send(site, request, &[&refresh.secret]).await;
        received.map_err(|error| error.classified_by(&self.plugin.at_use))
    }

    async fn by_cookie(
        &self,
        site: &Site,
        route: &str,
        name: &str,
        refresh: &RefreshToken,
        label: Option<&str>,
    ) -> Result<Received, AuthError> {
        let fields = Fields(labelling(&self.plugin, label).into_iter().collect());
        let mut request = exchange::post(site, route, self.plugin.encoding, &fields)?;
        // Keeps a cookie that the host set.
        let own =
            request.headers().get(COOKIE).and_then(|own| own.to_str().ok()).map(|own| format!("{own}; "));
        let own = Zeroizing::new(own.unwrap_or_default());
        let value = [&*own, name, "=", refresh.secret.expose_secret()];
        request.headers_mut().insert(COOKIE, credential::secret_value(&COOKIE, &value)?);
        let received = exchange::send(site, request, &[&refresh.secret]).await;
        received.map_err(|error| error.classified_by(&self.plugin.at_use))
    }

    /// Adds the plugin's properties to a token.
    fn marked(&self, token: Token) -> Token {
        marked(&self.plugin, token)
    }
}

/// The lifetime of a renewed JWT whose issue time is that of the previous one: Simple JWT Login 3 changes only
/// the expiry (observed).
fn prolonged(previous: &Token, token: &Token, asked: SystemTime) -> Option<Duration> {
    let claims = |token: &Token| Claims::read(token.secret()?.expose_secret());
    let (old, new) = (claims(previous)?, claims(token)?);
    let by = new.expires_at()?.duration_since(old.expires_at()?).ok().filter(|_| new.is_issued_with(&old))?;
    previous.expires_at()?.checked_add(by)?.duration_since(asked).ok()
}

fn labelling<'a>(plugin: &'a Plugin, label: Option<&'a str>) -> Option<(&'a str, &'a str)> {
    Some((&plugin.label.as_ref()?.field, label?))
}

/// Adds a backslash before each quote and backslash, like PHP's `addslashes`.
fn slashed(password: &str) -> String {
    let mut text = String::with_capacity(2 * password.len());
    for letter in password.chars() {
        if matches!(letter, '"' | '\'' | '\\') {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}

fn is_same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

fn refresh_token(secret: SecretString, since: SystemTime, life: Option<Duration>) -> RefreshToken {
    let token = RefreshToken::permanent(secret, since);
    match life {
        Some(life) => token.expires_after(life),
        None => token,
    }
}

fn marked(plugin: &Plugin, token: Token) -> Token {
    // The plugin keeps one opaque token and overwrites it at a renewal.
    let overwritten = match &plugin.renewal.0 {
        RenewalKind::Token { itself, .. } => itself.is_none() && !may_be_jwt(&token),
        RenewalKind::SignIn | RenewalKind::Cookie { .. } => false,
    };
    let token = if overwritten { token.ends_when_renewed() } else { token };
    if plugin.ignores_bad_tokens { token.ignored_when_bad() } else { token }
}

/// Sends the code of a second factor and reads the token from the response.
pub(crate) async fn complete(
    site: &Site,
    second_factor: &SecondFactor,
    route: &str,
    code_field: &str,
    code: &SecretString,
) -> Result<Token, AuthError> {
    let SecondFactor { plugin, interim, label, .. } = second_factor;
    let asked = site.clock().now();
    let fields = Fields(vec![(code_field, code.expose_secret())]);
    let mut request = exchange::post(site, route, plugin.encoding, &fields)?;
    Credential::bearer(interim)?.apply(request.headers_mut());
    let received = exchange::send(site, request, &[interim, code]).await;
    let received = received.map_err(|error| error.classified_by(&plugin.at_sign_in))?;
    granted(plugin, &received, asked, label.clone())
}

/// The token that the plugin granted in response to a request sent at `asked`.
fn granted(
    plugin: &Arc<Plugin>,
    received: &Received,
    asked: SystemTime,
    label: Option<String>,
) -> Result<Token, AuthError> {
    let mut granted = Granted(received.json.decode()?);
    let grant = &plugin.grant;
    let asks_for_code = plugin
        .interim
        .as_ref()
        .is_some_and(|interim| granted.at(&interim.flag).is_some_and(|flag| is_text(flag, "true")));
    let method: Option<String> = plugin.interim.as_ref().and_then(|interim| granted.read(&interim.method));
    let Some(secret) = granted.secret(&grant.token) else { return Err(no_token(plugin, &granted)) };
    let is_interim = asks_for_code
        || plugin
            .interim
            .as_ref()
            .and_then(|interim| Claims::all(secret.expose_secret())?.get(&*interim.claim).cloned())
            .is_some_and(|claim| !matches!(claim, Value::Null | Value::Bool(false)));
    if is_interim {
        let second_factor = SecondFactor::new(Arc::clone(plugin), secret, method, label);
        return Err(AuthError::new(AuthErrorKind::SecondFactorRequired, "").completed_by(second_factor));
    }
    let claims = Claims::read(secret.expose_secret()).unwrap_or_default();
    let lifetime = granted.seconds(&grant.lifetime).or_else(|| claims.lifetime());
    // Without an issue time, the expiry by the server's clock is all there is.
    let lifetime = lifetime.or_else(|| claims.expires_at()?.duration_since(asked).ok());
    let profile = Profile {
        id: granted.read(&grant.id).or_else(|| claims.user()),
        login: granted.read(&grant.login),
        email: granted.read(&grant.email),
        nicename: granted.read(&grant.nicename),
        display_name: granted.read(&grant.display_name),
        roles: granted.read(&grant.roles).unwrap_or_default(),
    };
    let refresh = match &plugin.renewal.0 {
        RenewalKind::SignIn => None,
        RenewalKind::Token { itself, .. } => {
            let given = granted.secret(&grant.refresh);
            given.or_else(|| itself.is_some().then(|| secret.clone())).map(|secret| (secret, None))
        }
        RenewalKind::Cookie { name, .. } => cookie::find(&received.headers, name),
    };
    let mut token = Token::permanent(Credential::bearer(&secret).map_err(unusable)?)
        .with_secret(secret)
        .with_profile(profile);
    if let Some(lifetime) = lifetime {
        token = token.expires_after(asked, lifetime);
    }
    if let Some((secret, life)) = refresh {
        token = token.with_refresh(refresh_token(secret, asked, life));
    }
    if let Some(label) = label {
        token = token.with_label(label);
    }
    Ok(marked(plugin, token))
}

/// The site issued a token that is not a valid header value; the user's input is not at fault.
fn unusable(_: AuthError) -> AuthError {
    AuthError::new(AuthErrorKind::BadResponse, "the token holds a character that no header can")
}

/// Two plugins share one route and respond in different formats.
fn no_token(plugin: &Plugin, granted: &Granted) -> AuthError {
    let speaks = |other: &&&Known| {
        other.sign_in == plugin.sign_in && granted.at(&other.grant.token).is_some_and(Value::is_string)
    };
    if let Some(other) = KNOWN.iter().find(speaks) {
        let detail = format!("the site has the plugin {}: use `{}`", other.name, other.provider);
        return AuthError::new(AuthErrorKind::NotOffered, detail);
    }
    let detail = format!("the response has no token at {}", plugin.grant.token);
    AuthError::new(AuthErrorKind::BadResponse, detail)
}

/// Whether a renewal may fall into the second in which the token was issued.
fn may_be_jwt(token: &Token) -> bool {
    token.secret().is_none_or(|text| Claims::read(text.expose_secret()).is_some())
}

/// The response of a token endpoint: tokens, and what old releases send in addition, such as the hash of the
/// password. Wiped from memory when it is dropped.
struct Granted(Value);

impl Granted {
    /// The value at `pointer`; `None` for an empty pointer.
    fn at(&self, pointer: &str) -> Option<&Value> {
        self.0.pointer(pointer).filter(|_| !pointer.is_empty())
    }

    fn secret(&mut self, pointer: &str) -> Option<SecretString> {
        match self.0.pointer_mut(pointer).filter(|_| !pointer.is_empty())?.take() {
            Value::String(text) if !text.is_empty() => Some(text.into()),
            _ => None,
        }
    }

    /// The value as `T`. `None` if it has another type, because a site can send anything here.
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
