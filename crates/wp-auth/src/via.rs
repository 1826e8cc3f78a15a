//! A token in another header.

use wp_core::{Site, async_trait};

use crate::{AuthError, Occasion, SavedToken, Token, TokenProvider};

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

    fn wrapped(&self) -> Option<&dyn TokenProvider> {
        Some(&self.provider)
    }

    fn restore(&self, saved: &SavedToken) -> Result<Token, AuthError> {
        self.moved(self.provider.restore(saved)?)
    }
}
