use clap::{Args, ValueEnum};
use wp_client::{ApiKey, Basic, Client, ConsumerKey, Identity, JwtAuth, SimpleJwtLogin, UsefulTeamJwt};

use crate::Result;

/// The site and the credential, from options or from the environment.
#[derive(Args)]
pub struct Site {
    /// The address of the site. One with plain permalinks ends in `index.php?rest_route=/`.
    #[arg(long, env = "WP_URL")]
    url: String,
    /// The login name.
    #[arg(long, env = "WP_USER")]
    user: String,
    /// The password, or what `--auth` says. Set it in the environment: other users can read arguments.
    #[arg(long, env = "WP_PASSWORD", hide_env_values = true)]
    password: String,
    /// What the password is.
    #[arg(long, env = "WP_AUTH", value_enum, default_value_t = Scheme::AppPassword)]
    auth: Scheme,
    /// Send the credential over plain http to another machine.
    #[arg(long, env = "WP_ALLOW_PLAIN_HTTP", value_parser = clap::builder::BoolishValueParser::new(), num_args = 0..=1, default_missing_value = "1", default_value = "0")]
    allow_plain_http: bool,
}

/// How the user signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scheme {
    /// An application password of WordPress.
    AppPassword,
    /// The account's password, for JWT Authentication for WP REST API.
    Jwt,
    /// The account's password, for JWT Auth (useful-team).
    UsefulTeamJwt,
    /// The account's password, for Simple JWT Login.
    SimpleJwt,
    /// A token that a plugin issued.
    BearerToken,
    /// The secret of a shop's key; `--user` is the key.
    ConsumerKey,
}

impl Site {
    /// A client that the site accepted, unless the credential is a shop's key, which belongs to no user.
    pub async fn connect(&self) -> Result<Client> {
        let (user, password) = (self.user.as_str(), self.password.as_str());
        let identity: Identity = match self.auth {
            Scheme::AppPassword => Basic::application_password(user, password).into(),
            Scheme::Jwt => JwtAuth::new(user, password).into(),
            Scheme::UsefulTeamJwt => UsefulTeamJwt::new(user, password).into(),
            Scheme::SimpleJwt => SimpleJwtLogin::new(user, password).into(),
            Scheme::BearerToken => ApiKey::bearer(password).into(),
            Scheme::ConsumerKey => ConsumerKey::new(user, password).into(),
        };
        let mut builder = Client::builder(&self.url).auth(identity);
        if self.allow_plain_http {
            builder = builder.allow_plain_http();
        }
        let client = builder.build()?;
        if self.auth != Scheme::ConsumerKey {
            client.verify().await?; // A wrong password is silent on public routes.
        }
        Ok(client)
    }
}
