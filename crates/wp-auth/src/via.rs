//! A token in another header.

use wp_core::{ApiError, Site, async_trait};

use crate::{AuthError, AuthErrorKind, Occasion, SavedToken, Token, TokenProvider};

/// A provider whose tokens travel in another header than `Authorization`; see [`TokenProvider::via`].
#[derive(Debug)]
pub struct Via<P> {
    provider: P,
    header: String,
}

impl<P> Via<P> {
    pub(crate) fn new(provider: P, header: impl Into<String>) -> Self {
        Self { provider, header: header.into() }
    }

    fn moved(&self, token: Token) -> Result<Token, AuthError> {
        let credential = token.credential().via(&self.header)?;
        Ok(token.with_credential(credential))
    }
}

#[async_trait]
impl<P: TokenProvider> TokenProvider for Via<P> {
    async fn obtain(&self, site: &Site, occasion: Occasion<'_>) -> Result<Token, AuthError> {
        self.moved(self.provider.obtain(site, occasion).await?)
    }

    fn meaning(&self, error: &ApiError) -> Option<AuthErrorKind> {
        self.provider.meaning(error)
    }

    async fn validate(&self, site: &Site, token: &Token) -> Result<(), AuthError> {
        self.provider.validate(site, token).await
    }

    fn name(&self) -> &'static str {
        self.provider.name()
    }

    fn account(&self) -> Option<String> {
        self.provider.account()
    }

    fn restore(&self, saved: &SavedToken) -> Result<Token, AuthError> {
        self.moved(self.provider.restore(saved)?)
    }
}
