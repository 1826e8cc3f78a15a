//! Going on with a token that was saved.

use wp_core::{Site, async_trait};

use crate::{AuthError, Occasion, SavedToken, Token, TokenProvider};

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

    fn wrapped(&self) -> Option<&dyn TokenProvider> {
        Some(&self.provider)
    }
}
