//! A token plugin, as data.

use std::borrow::Cow;

use http::Method;
use wp_core::Route;

use crate::{AuthError, Rule};

type Text = Cow<'static, str>;

/// A token plugin as data: where one signs in, what comes back, how a token is renewed, and what its errors mean.
///
/// The plugins that these crates know are there already: [`JwtAuth`](crate::JwtAuth) and its like. Any other one is
/// described by a [builder](Self::builder), and used by [`PluginLogin::new`](crate::PluginLogin::new):
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
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
pub struct Plugin {
    /// What its author calls it.
    pub(crate) name: Text,
    /// The provider for it, for whoever took another one; empty for a plugin that a user described.
    pub(crate) provider: &'static str,
    pub(crate) sign_in: Text,
    pub(crate) user_field: Text,
    pub(crate) password_field: Text,
    pub(crate) encoding: Encoding,
    /// The field that tells one program's tokens from another's, if the plugin keeps them apart.
    pub(crate) label: Option<Label>,
    pub(crate) renewal: Renewal,
    /// With a bad token it serves public routes as to a stranger.
    pub(crate) ignores_bad_tokens: bool,
    pub(crate) reads_one_header: bool,
    pub(crate) locks_after_refusals: bool,
    /// It compares the password with a backslash before each quote and backslash, as PHP's old magic quotes did.
    pub(crate) compares_slashed: bool,
    /// What is asked to prove a token.
    pub(crate) check: Option<Check>,
    pub(crate) grant: Grant,
    pub(crate) interim: Option<Interim>,
    /// What the errors of signing in mean...
    pub(crate) at_sign_in: Vec<Rule>,
    /// ...and those of renewing, of checking, and of any other request that carries a token.
    pub(crate) at_use: Vec<Rule>,
}

/// How a token endpoint takes its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Encoding {
    /// As a JSON object.
    #[default]
    Json,
    /// As a form.
    Form,
}

/// The field that names the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) field: Text,
    /// A program that gives none gets one of its own: the plugin ends the older of two tokens of one name.
    pub(crate) required: bool,
}

/// How a token is renewed before it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal(pub(crate) RenewalKind);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RenewalKind {
    /// It is not: one signs in again.
    SignIn,
    /// By a refresh token in the field `field`.
    Token {
        route: Text,
        field: Text,
        rotates: bool,
        /// Where no refresh token was given, the token itself renews it, in this field.
        itself: Option<Text>,
    },
    /// By a cookie that signs in, and can be exchanged for a younger one at `rotate`.
    Cookie { name: Text, rotate: Text },
}

impl Renewal {
    /// It cannot be: one signs in again.
    pub fn by_sign_in() -> Self {
        Self(RenewalKind::SignIn)
    }

    /// By a `POST` to `route` with the refresh token in the field `field`. The refresh token stays the same.
    pub fn refresh_token(route: impl Into<Text>, field: impl Into<Text>) -> Self {
        let (route, field) = (route.into(), field.into());
        Self(RenewalKind::Token { route, field, rotates: false, itself: None })
    }

    /// By a `POST` to `route` with the token itself in the field `field`, for some time after its end, too.
    pub fn token_itself(route: impl Into<Text>, field: impl Into<Text>) -> Self {
        let (route, field) = (route.into(), field.into());
        Self(RenewalKind::Token { route, field: field.clone(), rotates: false, itself: Some(field) })
    }

    /// By a cookie that the sign-in sets: the sign-in's route takes it in place of a password, and `rotate` exchanges it
    /// for a younger one.
    pub fn cookie(name: impl Into<Text>, rotate: impl Into<Text>) -> Self {
        Self(RenewalKind::Cookie { name: name.into(), rotate: rotate.into() })
    }

    /// Where the sign-in gave no refresh token, the token itself renews it in the field `field`.
    pub fn or_token_itself(mut self, field: impl Into<Text>) -> Self {
        if let RenewalKind::Token { itself, .. } = &mut self.0 {
            *itself = Some(field.into());
        }
        self
    }

    /// Says that the response has a new refresh token, and that the old one ends. The new one is put into a store before
    /// anything is done with it.
    pub fn rotating(mut self) -> Self {
        if let RenewalKind::Token { rotates, .. } = &mut self.0 {
            *rotates = true;
        }
        self
    }
}

/// A request that proves a token, and the words by which it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub(crate) method: Method,
    pub(crate) route: Text,
    /// What stands where; none: a user, with an id.
    pub(crate) words: Vec<(Text, Text)>,
    /// Where the response has the very token that was sent, in one of these places.
    pub(crate) echo: Vec<Text>,
}

impl Check {
    /// A `POST` to `route`.
    pub fn post(route: impl Into<Text>) -> Self {
        Self { method: Method::POST, route: route.into(), words: Vec::new(), echo: Vec::new() }
    }

    /// A `GET` of `route`. It is sent as a `POST` that names the method GET in the query (`_method`), which no cache
    /// responses.
    pub fn get(route: impl Into<Text>) -> Self {
        Self { method: Method::GET, route: route.into(), words: Vec::new(), echo: Vec::new() }
    }

    /// What a positive response says at a JSON pointer, as text: `("/code", "valid")`. All that is named has to be
    /// there. Without any, the response has to be the user whom the token is for, with an `id`.
    pub fn expecting(mut self, pointer: impl Into<Text>, value: impl Into<Text>) -> Self {
        self.words.push((pointer.into(), value.into()));
        self
    }

    /// Where a positive response has the very token that was sent, as a JSON pointer. Of several, one has to have it.
    pub fn echoing_token(mut self, pointer: impl Into<Text>) -> Self {
        self.echo.push(pointer.into());
        self
    }
}

/// Where things are in the response of the token endpoint, as JSON pointers. Empty: nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Grant {
    pub(crate) token: Text,
    /// The seconds that the token lives; without it, its claims say.
    pub(crate) lifetime: Text,
    pub(crate) refresh: Text,
    /// The user's id; without it, the claims say.
    pub(crate) id: Text,
    pub(crate) login: Text,
    pub(crate) email: Text,
    pub(crate) nicename: Text,
    pub(crate) display_name: Text,
    pub(crate) roles: Text,
}

/// How a sign-in says that a second factor is needed, and what completes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interim {
    /// Where the response says so by `true`.
    pub(crate) flag: Text,
    /// Which factor it is.
    pub(crate) method: Text,
    /// The claim that an interim token has, wherever it comes from.
    pub(crate) claim: Text,
    pub(crate) complete: Text,
    pub(crate) code_field: Text,
}

impl Plugin {
    /// Describes a plugin called `name`, at whose `sign_in` route one signs in: `/acme/v1/login`. Unless said otherwise, it
    /// takes `username` and `password` as JSON, responds with the token at `/token`, cannot renew it and has no route to
    /// check it.
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

    /// What its author calls it.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// How a [`Plugin`] is described. What is wrong with it is told by [`build`](Self::build).
#[derive(Debug, Clone)]
#[must_use = "a plugin is described by `build`"]
pub struct PluginBuilder(Plugin);

macro_rules! pointers {
    ($($(#[$doc:meta])* $name:ident = $field:ident,)*) => {$(
        $(#[$doc])*
        ///
        /// A JSON pointer into the response: `/data/token`.
        pub fn $name(mut self, pointer: impl Into<Text>) -> Self {
            self.0.grant.$field = pointer.into();
            self
        }
    )*};
}

impl PluginBuilder {
    /// The fields in which it takes the login and the password.
    pub fn fields(mut self, user: impl Into<Text>, password: impl Into<Text>) -> Self {
        self.0.user_field = user.into();
        self.0.password_field = password.into();
        self
    }

    /// How its endpoints take their fields.
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.0.encoding = encoding;
        self
    }

    /// The field that names the program or device whose token it is. `required`: of two tokens of one name, the plugin
    /// ends the older one, so each program gets a name of its own where none is given.
    pub fn label_field(mut self, field: impl Into<Text>, required: bool) -> Self {
        self.0.label = Some(Label { field: field.into(), required });
        self
    }

    pointers! {
        /// Where the token is.
        token_at = token,
        /// Where the seconds are that it lives. Without it, the claims of a JWT say when it ends.
        lifetime_at = lifetime,
        /// Where the refresh token is.
        refresh_at = refresh,
        /// Where the user's id is. Without it, the claims of a JWT say it.
        id_at = id,
        /// Where the login is.
        login_at = login,
        /// Where the e-mail address is.
        email_at = email,
        /// Where the name in URLs is.
        nicename_at = nicename,
        /// Where the name to show is.
        display_name_at = display_name,
        /// Where the list of roles is.
        roles_at = roles,
    }

    /// How a token is renewed.
    pub fn renewal(mut self, renewal: Renewal) -> Self {
        self.0.renewal = renewal;
        self
    }

    /// What proves that a token is good.
    pub fn check(mut self, check: Check) -> Self {
        self.0.check = Some(check);
        self
    }

    /// What the errors of a sign-in mean. The first row that fits counts; an error that fits none is
    /// [`Refused`](crate::AuthErrorKind::Refused).
    pub fn at_sign_in(mut self, rules: impl Into<Vec<Rule>>) -> Self {
        self.0.at_sign_in = rules.into();
        self
    }

    /// What the errors of a renewal, a check and any other request with a token mean. One that fits no row says nothing
    /// of the token.
    pub fn at_use(mut self, rules: impl Into<Vec<Rule>>) -> Self {
        self.0.at_use = rules.into();
        self
    }

    /// Says that it ignores a bad token: public routes then respond as to anybody.
    pub fn ignores_bad_tokens(mut self) -> Self {
        self.0.ignores_bad_tokens = true;
        self
    }

    /// Says that it does not look for the token under the name that a rewriting web server gives the header
    /// (`REDIRECT_HTTP_AUTHORIZATION`).
    pub fn reads_one_header(mut self) -> Self {
        self.0.reads_one_header = true;
        self
    }

    /// Says that it counts refused tokens as failed sign-ins, and takes no sign-in after some.
    pub fn locks_after_refusals(mut self) -> Self {
        self.0.locks_after_refusals = true;
        self
    }

    /// Says that it compares the password with a backslash before each quote and backslash, as PHP's old magic quotes
    /// did. The error of such a password then says so.
    pub fn compares_slashed(mut self) -> Self {
        self.0.compares_slashed = true;
        self
    }

    pub(crate) fn interim(mut self, interim: Interim) -> Self {
        self.0.interim = Some(interim);
        self
    }

    /// One of these crates, which has a provider of its own.
    pub(crate) fn known(self, provider: &'static str) -> Plugin {
        Plugin { provider, ..self.0 }
    }

    /// The plugin.
    ///
    /// # Errors
    /// [`AuthErrorKind::Invalid`](crate::AuthErrorKind::Invalid) for a route that cannot be one, or a pointer that does not
    /// begin with `/`.
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
