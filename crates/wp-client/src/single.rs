//! A resource of which there is one per site.

use std::fmt;
use std::marker::PhantomData;

use http::Method;
use serde::de::DeserializeOwned;
use wp_core::{Route, Singleton};

use crate::read::with::value_with;
use crate::session::Session;
use crate::{Request, With};

/// A resource of which there is one per site, such as the settings.
///
/// ```no_run
/// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
/// use wp_client::models::SettingsPatch;
///
/// let settings = wp.settings().get().await?;
/// println!("{}", settings.title.unwrap_or_default());
/// wp.settings().update(SettingsPatch::default().title("Dunes").site_icon(None)).await?;
/// # Ok(()) }
/// ```
pub struct Single<R> {
    session: Session,
    of: PhantomData<fn() -> R>,
}

impl<R: Singleton> Single<R> {
    pub(crate) fn new(session: &Session) -> Self {
        Self { session: session.clone(), of: PhantomData }
    }

    fn request<T: DeserializeOwned>(&self, method: Method) -> Request<T> {
        Request::at(&self.session, method, Route::new(R::ROUTE))
    }

    /// Requests the resource.
    pub fn get(&self) -> Request<R> {
        self.request(Method::GET)
    }

    /// Requests the resource, and reads an `X` from the same JSON: the settings of a plugin.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// #[derive(serde::Deserialize)]
    /// struct Shop {
    ///     shop_currency: String,
    /// }
    ///
    /// let settings = wp.settings().get_with::<Shop>().await?;
    /// println!("{}", settings.extra.shop_currency);
    /// # Ok(()) }
    /// ```
    pub fn get_with<X: DeserializeOwned>(&self) -> Request<With<R, X>> {
        self.get().read_by(value_with)
    }

    /// Changes the fields that are set in `patch` and returns the resource.
    #[allow(clippy::needless_pass_by_value)] // the caller builds the value for this call
    pub fn update(&self, patch: R::Patch) -> Request<R> {
        self.request(Method::POST).json(&patch)
    }
}

impl<R> fmt::Debug for Single<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Single").field("client", &self.session).finish_non_exhaustive()
    }
}

impl<R> Clone for Single<R> {
    fn clone(&self) -> Self {
        Self { session: self.session.clone(), of: PhantomData }
    }
}
