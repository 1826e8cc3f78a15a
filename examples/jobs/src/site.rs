use std::env;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, ValueEnum};
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
    user: Option<String>,
    /// The password, or what `--auth` says. Set it in the environment: other users can read arguments. Without it, an
    /// application password is read from `WP_APP_PASSWORD`.
    #[arg(long, env = "WP_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// What the password is. Default: app-password; of `orders`: consumer-key.
    #[arg(long, env = "WP_AUTH", value_enum)]
    auth: Option<Scheme>,
    /// Send the credential over plain http to another machine.
    #[arg(long, env = "WP_ALLOW_PLAIN_HTTP", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
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
    /// A client that the site accepted.
    pub async fn connect(&self) -> Result<Client> {
        let client = self.client(Some(self.identity(Scheme::AppPassword)?))?;
        client.verify().await?; // A wrong password is silent on public routes.
        Ok(client)
    }

    /// A client of a shop, whose key belongs to no user and is verified by the first request.
    pub async fn connect_to_shop(&self) -> Result<Client> {
        match self.auth.unwrap_or(Scheme::ConsumerKey) {
            Scheme::ConsumerKey => self.client(Some(self.identity(Scheme::ConsumerKey)?)),
            _ => self.connect().await,
        }
    }

    /// A client without a credential, which sees what each visitor sees.
    pub fn anonymous(&self) -> Result<Client> {
        self.client(None)
    }

    fn client(&self, identity: Option<Identity>) -> Result<Client> {
        let mut builder = Client::builder(&self.url);
        if let Some(identity) = identity {
            builder = builder.auth(identity);
        }
        if self.allow_plain_http {
            builder = builder.allow_plain_http();
        }
        Ok(builder.build()?)
    }

    fn identity(&self, default: Scheme) -> Result<Identity> {
        let scheme = self.auth.unwrap_or(default);
        let user = match (&self.user, scheme) {
            (Some(user), _) => user.as_str(),
            (None, Scheme::BearerToken) => "",
            (None, _) => return Err("a user is needed: `--user` or `WP_USER`".into()),
        };
        let app_password = || env::var("WP_APP_PASSWORD").ok().filter(|_| scheme == Scheme::AppPassword);
        let password = self.password.clone().or_else(app_password);
        let password = password.ok_or("a password is needed: `WP_PASSWORD`")?;
        Ok(match scheme {
            Scheme::AppPassword => Basic::application_password(user, password).into(),
            Scheme::Jwt => JwtAuth::new(user, password).into(),
            Scheme::UsefulTeamJwt => UsefulTeamJwt::new(user, password).into(),
            Scheme::SimpleJwt => SimpleJwtLogin::new(user, password).into(),
            Scheme::BearerToken => ApiKey::bearer(password).into(),
            Scheme::ConsumerKey => ConsumerKey::new(user, password).into(),
        })
    }
}
