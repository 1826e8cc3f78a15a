//! Going on with a token that was saved.

use wp_core::{ApiError, Site, async_trait};

use crate::{AuthError, AuthErrorKind, Occasion, SavedToken, Token, TokenProvider};

/// A provider that begins with a token of an earlier run; see [`TokenProvider::resume`].
#[derive(Debug)]
pub struct Resume<P> {
    provider: P,
    saved: SavedToken,
}

impl<P> Resume<P> {
    pub(crate) fn new(provider: P, saved: SavedToken) -> Self {
        Self { provider, saved }
    }
}

#[async_trait]
impl<P: TokenProvider> TokenProvider for Resume<P> {
    async fn obtain(&self, site: &Site, occasion: Occasion<'_>) -> Result<Token, AuthError> {
        if occasion.previous().is_some() {
            return self.provider.obtain(site, occasion).await;
        }
        let origin = site.root().origin();
        if let Some(other) = self.saved.site().filter(|saved| *saved != origin) {
            return Err(AuthError::invalid(format!(
                "the token that was saved is for {other}, and not for {origin}"
            )));
        }
        let saved = self.provider.restore(&self.saved)?;
        if saved.is_valid(site.clock().now()) {
            return Ok(saved);
        }
        let later = Occasion::after(Some(&saved));
        self.provider.obtain(site, if occasion.is_shared() { later.shared() } else { later }).await
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
        self.provider.restore(saved)
    }
}
