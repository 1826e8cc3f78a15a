use clap::builder::{FalseyValueParser, PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args};
use wp_client::Client;

use crate::sign_in::{self, SCHEMES, Scheme};
use crate::{Result, wrong_argument};

/// The site and the credential, from options or from the environment.
#[derive(Args)]
pub struct Site {
    /// The address of the site. One with plain permalinks ends in `index.php?rest_route=/`.
    #[arg(long, env = "WP_URL", hide_env_values = true, global = true)]
    url: Option<String>,
    /// The login name.
    #[arg(long, env = "WP_USER", hide_env_values = true, global = true)]
    user: Option<String>,
    /// The password, or what `--auth` says. Set it in the environment, since other users can read arguments: WP_PASSWORD;
    /// an application password also as WP_APP_PASSWORD, which goes before it.
    #[arg(long, global = true)]
    password: Option<String>,
    /// What the password is. Default: app-password; of `orders`: consumer-key.
    #[arg(long, env = "WP_AUTH", hide_env_values = true, global = true, value_parser = schemes())]
    auth: Option<Scheme>,
    /// Send the credential over plain http to another machine.
    #[arg(long, env = "WP_ALLOW_PLAIN_HTTP", hide_env_values = true, value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue, global = true)]
    allow_plain_http: bool,
    /// A file with the certificate of a private authority, as PEM, which the certificate of the site is of.
    #[arg(long, env = "WP_CA", hide_env_values = true, value_name = "FILE", global = true)]
    ca: Option<String>,
}

fn schemes() -> impl TypedValueParser<Value = Scheme> {
    let values = SCHEMES.iter().map(|(_, name, what)| PossibleValue::new(*name).help(*what));
    PossibleValuesParser::new(values).try_map(|name| Scheme::named(&name))
}

impl Site {
    /// A client that the site accepted.
    pub async fn connect(&self) -> Result<Client> {
        let client = self.client(Some(self.auth.unwrap_or(sign_in::DEFAULT)))?;
        client.verify().await?; // A wrong password is silent on public routes.
        Ok(client)
    }

    /// A client of a shop, whose key belongs to no user and is verified by the first request.
    pub async fn connect_to_shop(&self) -> Result<Client> {
        match self.auth.unwrap_or(Scheme::ConsumerKey) {
            Scheme::ConsumerKey => self.client(Some(Scheme::ConsumerKey)),
            _ => self.connect().await,
        }
    }

    /// A client without a credential, which sees what each visitor sees.
    pub fn anonymous(&self) -> Result<Client> {
        self.client(None)
    }

    fn client(&self, scheme: Option<Scheme>) -> Result<Client> {
        let url = self.url.as_deref().filter(|url| !url.is_empty());
        let url =
            url.ok_or_else(|| wrong_argument("a site is needed: `--url`, or WP_URL in the environment"))?;
        let mut builder = Client::builder(url);
        if let Some(scheme) = scheme {
            let identity = scheme.identity(self.user.clone(), self.password.clone());
            builder = builder.auth(identity.map_err(wrong_argument)?);
        }
        if self.allow_plain_http {
            builder = builder.allow_plain_http();
        }
        let options = sign_in::trusting(self.ca.as_deref()).map_err(wrong_argument)?;
        Ok(builder.connect_options(options).build()?)
    }
}
