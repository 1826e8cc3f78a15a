//! The description of a token plugin, as data.

use std::borrow::Cow;

use http::Method;
use wp_core::Route;

use crate::{AuthError, Rule};

type Text = Cow<'static, str>;

/// The description of a token plugin: its sign-in route, the fields of its response, how it renews a token, and
/// what its errors mean.
///
/// The supported plugins have a built-in description: [`JwtAuth`](crate::JwtAuth) and the like. Describe any
/// other plugin with a [builder](Self::builder) and pass it to [`PluginLogin::new`](crate::PluginLogin::new):
///
/// ```
/// use wp_auth::{AuthErrorKind, Check, Encoding, Plugin, PluginLogin, Renewal, Rule};
///
/// # fn main() -> Result<(), wp_auth::AuthError> {
/// let plugin = Plugin::builder("Acme Tokens", "/acme/v1/login")
///     .fields("email", "password")
///     .encoding(Encoding::Form)
///     .token_at("/data/token")
///     .lifetime_at("/data/expires_in")
///     .refresh_at("/data/refresh")
///     .renewal(Renewal::refresh_token("/acme/v1/refresh", "refresh").rotating())
///     .check(Check::post("/acme/v1/check").expecting("/code", "valid"))
///     .at_sign_in([Rule::new("bad_login", AuthErrorKind::WrongCredentials)])
///     .at_use([Rule::new("token_*", AuthErrorKind::TokenRefused).under(401)])
///     .build()?;
/// let provider = PluginLogin::new(plugin, "ana@example.org", "password");
/// # let _ = provider; Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // each flag is an independent fact
pub struct Plugin {
    /// The name of the plugin, as published.
    pub(crate) name: Text,
    /// The name of the provider type for this plugin, for error hints; empty for a plugin that a user described.
    pub(crate) provider: &'static str,
    pub(crate) sign_in: Text,
    pub(crate) user_field: Text,
    pub(crate) password_field: Text,
    pub(crate) encoding: Encoding,
    /// The field that names the program, if the plugin keeps one token for each program.
    pub(crate) label: Option<Label>,
    pub(crate) renewal: Renewal,
    /// With a bad token, public routes respond as to an anonymous request.
    pub(crate) ignores_bad_tokens: bool,
    pub(crate) reads_one_header: bool,
    pub(crate) locks_after_refusals: bool,
    /// The plugin compares the password with a backslash before each quote and backslash (PHP's old magic
    /// quotes).
    pub(crate) compares_slashed: bool,
    /// The request that proves a token.
    pub(crate) check: Option<Check>,
    pub(crate) grant: Grant,
    pub(crate) interim: Option<Interim>,
    /// The meaning of the errors of a sign-in.
    pub(crate) at_sign_in: Vec<Rule>,
    /// The meaning of the errors of a renewal, of a check and of any other request with a token.
    pub(crate) at_use: Vec<Rule>,
}

/// The encoding of the fields of a request to a token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Encoding {
    /// A JSON object.
    #[default]
    Json,
    /// A form, `application/x-www-form-urlencoded`.
    Form,
}

/// The field that names the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) field: Text,
    /// A program without a name gets a generated one: the plugin revokes the older of two tokens with the same
    /// name.
    pub(crate) required: bool,
}

/// How a token is renewed before it expires.
///
/// ```
/// # fn main() -> Result<(), wp_auth::AuthError> {
/// use wp_auth::{Plugin, Renewal};
///
/// // Acme has no refresh token: the token itself is exchanged for a new one, until two weeks after its expiry.
/// let plugin = Plugin::builder("Acme Tokens", "/acme/v1/login")
///     .renewal(Renewal::token_itself("/acme/v1/renew", "token"))
///     .build()?;
/// # assert_eq!(plugin.name(), "Acme Tokens"); Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal(pub(crate) RenewalKind);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RenewalKind {
    /// The token cannot be renewed: the provider signs in again.
    SignIn,
    /// With a refresh token in the field `field`.
    Token {
        route: Text,
        field: Text,
        rotates: bool,
        /// The field for the token itself, which renews it if the sign-in returned no refresh token.
        itself: Option<Text>,
    },
    /// With a cookie that the sign-in route accepts, and that the route `rotate` exchanges for a new one.
    Cookie { name: Text, rotate: Text },
}

impl Renewal {
    /// No renewal: the provider signs in again.
    pub fn by_sign_in() -> Self {
        Self(RenewalKind::SignIn)
    }

    /// A `POST` to `route` with the refresh token in the field `field`. The refresh token stays the same.
    pub fn refresh_token(route: impl Into<Text>, field: impl Into<Text>) -> Self {
        let (route, field) = (route.into(), field.into());
        Self(RenewalKind::Token { route, field, rotates: false, itself: None })
    }

    /// A `POST` to `route` with the token itself in the field `field`. The plugin accepts it for some time after
    /// its expiry.
    pub fn token_itself(route: impl Into<Text>, field: impl Into<Text>) -> Self {
        let (route, field) = (route.into(), field.into());
        Self(RenewalKind::Token { route, field: field.clone(), rotates: false, itself: Some(field) })
    }

    /// A cookie that the sign-in sets. The sign-in route accepts the cookie instead of a password, and the route
    /// `rotate` exchanges it for a new one.
    pub fn cookie(name: impl Into<Text>, rotate: impl Into<Text>) -> Self {
        Self(RenewalKind::Cookie { name: name.into(), rotate: rotate.into() })
    }

    /// Renews with the token itself, in the field `field`, if the sign-in returned no refresh token.
    pub fn or_token_itself(mut self, field: impl Into<Text>) -> Self {
        if let RenewalKind::Token { itself, .. } = &mut self.0 {
            *itself = Some(field.into());
        }
        self
    }

    /// Declares that each renewal returns a new refresh token and invalidates the old one. The new one is written
    /// to the store before the token is used.
    pub fn rotating(mut self) -> Self {
        if let RenewalKind::Token { rotates, .. } = &mut self.0 {
            *rotates = true;
        }
        self
    }
}

/// A request that proves a token, and what its response must contain.
///
/// ```
/// # fn main() -> Result<(), wp_auth::AuthError> {
/// use wp_auth::{Check, Plugin};
///
/// // A gateway that responds 200 to everything must not pass: the response has to name the token that was sent.
/// let check = Check::post("/acme/v1/check").expecting("/status", "active").echoing_token("/token");
/// let plugin = Plugin::builder("Acme Tokens", "/acme/v1/login").check(check).build()?;
/// # assert_eq!(plugin.name(), "Acme Tokens"); Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub(crate) method: Method,
    pub(crate) route: Text,
    /// JSON pointers and the expected values. If empty, the response must be a user with an id.
    pub(crate) words: Vec<(Text, Text)>,
    /// JSON pointers of which one must hold the token that was sent.
    pub(crate) echo: Vec<Text>,
}

impl Check {
    /// A `POST` to `route`.
    pub fn post(route: impl Into<Text>) -> Self {
        Self { method: Method::POST, route: route.into(), words: Vec::new(), echo: Vec::new() }
    }

    /// A `GET` of `route`. It is sent as a `POST` with `_method=GET` in the query, because a cache never responds
    /// to a `POST`.
    pub fn get(route: impl Into<Text>) -> Self {
        Self { method: Method::GET, route: route.into(), words: Vec::new(), echo: Vec::new() }
    }

    /// Requires `value` at a JSON pointer of the response, compared as text: `("/code", "valid")`. All required
    /// values must match. Without any, the response must be the user of the token, with an `id`.
    pub fn expecting(mut self, pointer: impl Into<Text>, value: impl Into<Text>) -> Self {
        self.words.push((pointer.into(), value.into()));
        self
    }

    /// Requires the token that was sent at a JSON pointer of the response. With several pointers, one must match.
    pub fn echoing_token(mut self, pointer: impl Into<Text>) -> Self {
        self.echo.push(pointer.into());
        self
    }
}

/// JSON pointers into the response of the token endpoint. Empty: the response does not have it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Grant {
    pub(crate) token: Text,
    /// The lifetime in seconds; by default the claims of the token.
    pub(crate) lifetime: Text,
    pub(crate) refresh: Text,
    /// The user's id; by default the claims of the token.
    pub(crate) id: Text,
    pub(crate) login: Text,
    pub(crate) email: Text,
    pub(crate) nicename: Text,
    pub(crate) display_name: Text,
    pub(crate) roles: Text,
}

/// How a sign-in response asks for a second factor, and the request that completes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interim {
    /// `true` here means that a second factor is needed.
    pub(crate) flag: Text,
    /// The kind of second factor.
    pub(crate) method: Text,
    /// The claim that marks an interim token.
    pub(crate) claim: Text,
    pub(crate) complete: Text,
    pub(crate) code_field: Text,
}

impl Plugin {
    /// Describes the plugin `name`, whose sign-in route is `sign_in`, for example `/acme/v1/login`. Defaults: the
    /// fields `username` and `password` as JSON, the token at `/token` of the response, no renewal, and no route
    /// to check a token.
    pub fn builder(name: impl Into<Text>, sign_in: impl Into<Text>) -> PluginBuilder {
        PluginBuilder(Self {
            name: name.into(),
            provider: "",
            sign_in: sign_in.into(),
            user_field: Cow::Borrowed("username"),
            password_field: Cow::Borrowed("password"),
            encoding: Encoding::Json,
            label: None,
            renewal: Renewal::by_sign_in(),
            ignores_bad_tokens: false,
            reads_one_header: false,
            locks_after_refusals: false,
            compares_slashed: false,
            check: None,
            grant: Grant { token: Cow::Borrowed("/token"), ..Grant::default() },
            interim: None,
            at_sign_in: Vec::new(),
            at_use: Vec::new(),
        })
    }

    /// The name of the plugin, as published.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Builds a [`Plugin`]. [`build`](Self::build) reports invalid values.
#[derive(Debug, Clone)]
#[must_use = "a plugin is described by `build`"]
pub struct PluginBuilder(Plugin);

macro_rules! pointers {
    ($($(#[$doc:meta])* $name:ident = $field:ident,)*) => {$(
        $(#[$doc])*
        ///
        /// A JSON pointer into the response, for example `/data/token`.
        pub fn $name(mut self, pointer: impl Into<Text>) -> Self {
            self.0.grant.$field = pointer.into();
            self
        }
    )*};
}

impl PluginBuilder {
    /// Names the fields for the login and the password. Default: `username` and `password`.
    pub fn fields(mut self, user: impl Into<Text>, password: impl Into<Text>) -> Self {
        self.0.user_field = user.into();
        self.0.password_field = password.into();
        self
    }

    /// Sets the encoding of request fields. Default: JSON.
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.0.encoding = encoding;
        self
    }

    /// Names the field for the program or device that the token belongs to. `required`: the plugin revokes the
    /// older of two tokens with the same name, so a program without a name gets a generated one.
    pub fn label_field(mut self, field: impl Into<Text>, required: bool) -> Self {
        self.0.label = Some(Label { field: field.into(), required });
        self
    }

    pointers! {
        /// Sets where the response has the token.
        token_at = token,
        /// Sets where the response has the lifetime in seconds. Default: the claims of a JWT.
        lifetime_at = lifetime,
        /// Sets where the response has the refresh token.
        refresh_at = refresh,
        /// Sets where the response has the user's id. Default: the claims of a JWT.
        id_at = id,
        /// Sets where the response has the login.
        login_at = login,
        /// Sets where the response has the e-mail address.
        email_at = email,
        /// Sets where the response has the user's slug, as in URLs.
        nicename_at = nicename,
        /// Sets where the response has the display name.
        display_name_at = display_name,
        /// Sets where the response has the list of roles.
        roles_at = roles,
    }

    /// Sets how a token is renewed. Default: not at all, the provider signs in again.
    pub fn renewal(mut self, renewal: Renewal) -> Self {
        self.0.renewal = renewal;
        self
    }

    /// Sets the request that checks a token. Default: none.
    pub fn check(mut self, check: Check) -> Self {
        self.0.check = Some(check);
        self
    }

    /// Sets what the errors of a sign-in mean. The first rule that matches counts; an error that matches none is
    /// [`Refused`](crate::AuthErrorKind::Refused).
    pub fn at_sign_in(mut self, rules: impl Into<Vec<Rule>>) -> Self {
        self.0.at_sign_in = rules.into();
        self
    }

    /// Sets what the errors of a renewal, a check and any other request with a token mean. An error that matches
    /// no rule says nothing about the token.
    pub fn at_use(mut self, rules: impl Into<Vec<Rule>>) -> Self {
        self.0.at_use = rules.into();
        self
    }

    /// Declares that the plugin ignores a bad token: public routes then respond as to an anonymous request.
    pub fn ignores_bad_tokens(mut self) -> Self {
        self.0.ignores_bad_tokens = true;
        self
    }

    /// Declares that the plugin reads only `Authorization`, not `REDIRECT_HTTP_AUTHORIZATION`, the name that a
    /// rewriting web server gives the header.
    pub fn reads_one_header(mut self) -> Self {
        self.0.reads_one_header = true;
        self
    }

    /// Declares that the plugin counts refused tokens as failed sign-ins and blocks sign-in after some of them.
    pub fn locks_after_refusals(mut self) -> Self {
        self.0.locks_after_refusals = true;
        self
    }

    /// Declares that the plugin compares the password with a backslash before each quote and backslash (PHP's old
    /// magic quotes). The error for such a password then explains this.
    pub fn compares_slashed(mut self) -> Self {
        self.0.compares_slashed = true;
        self
    }

    pub(crate) fn interim(mut self, interim: Interim) -> Self {
        self.0.interim = Some(interim);
        self
    }

    /// A built-in plugin, with a provider type.
    pub(crate) fn known(self, provider: &'static str) -> Plugin {
        Plugin { provider, ..self.0 }
    }

    /// Builds the plugin.
    ///
    /// ```
    /// use wp_auth::{AuthErrorKind, Plugin};
    ///
    /// // The description comes from a configuration file, so its errors are reported before the first sign-in.
    /// let plugin = Plugin::builder("Acme Tokens", "/acme/v1/login").token_at("data.token").build();
    /// let error = plugin.err();
    /// assert_eq!(error.map(|error| error.kind()), Some(AuthErrorKind::Invalid));
    /// ```
    ///
    /// # Errors
    /// [`AuthErrorKind::Invalid`](crate::AuthErrorKind::Invalid) for an invalid route, or for a JSON pointer that
    /// does not begin with `/`.
    pub fn build(self) -> Result<Plugin, AuthError> {
        self.0.is_valid()?;
        Ok(self.0)
    }
}

impl Plugin {
    pub(crate) fn is_valid(&self) -> Result<(), AuthError> {
        let plugin = self;
        let renewal = match &plugin.renewal.0 {
            RenewalKind::SignIn => None,
            RenewalKind::Token { route, .. } | RenewalKind::Cookie { rotate: route, .. } => Some(route),
        };
        let check = plugin.check.as_ref();
        for route in [Some(&plugin.sign_in), renewal, check.map(|check| &check.route)].into_iter().flatten() {
            Route::new(route)?;
        }
        let Grant { token, lifetime, refresh, id, login, email, nicename, display_name, roles } =
            &plugin.grant;
        let words =
            check.iter().flat_map(|check| check.words.iter().map(|(pointer, _)| pointer).chain(&check.echo));
        let optional = [lifetime, refresh, id, login, email, nicename, display_name, roles];
        let optional = optional.into_iter().filter(|pointer| !pointer.is_empty());
        if let Some(wrong) =
            [token].into_iter().chain(optional).chain(words).find(|pointer| !pointer.starts_with('/'))
        {
            return Err(AuthError::invalid(format!("{wrong:?} is not a JSON pointer: those begin with `/`")));
        }
        Ok(())
    }
}
