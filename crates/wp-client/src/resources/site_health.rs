//! The health of the site.

use http::Method;
use wp_core::Route;
use wp_core::models::{DirectorySizes, HealthReport, HealthTest};

use crate::session::Session;
use crate::{Client, Request};

/// The health of the site. It needs an administrator.
///
/// ```no_run
/// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
/// use wp_client::models::{HealthStatus, HealthTest};
///
/// let report = wp.site_health().test(HealthTest::PageCache).await?;
/// if report.status != Some(HealthStatus::Good) {
///     println!("{}", report.label);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct SiteHealth {
    session: Session,
}

impl SiteHealth {
    /// Runs a test. WordPress may take seconds for it.
    pub fn test(&self, test: impl Into<HealthTest>) -> Request<HealthReport> {
        let route = Route::new("/wp-site-health/v1/tests").and_then(|tests| tests.join(test.into()));
        Request::at(&self.session, Method::GET, route)
    }

    /// Measures how much disk space the site uses. WordPress responds with 500 `not_available` if it cannot measure it,
    /// as with a database in a file.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let sizes = wp.site_health().directory_sizes().await?;
    /// println!("{:?}", sizes.total_size.and_then(|total| total.raw));
    /// # Ok(()) }
    /// ```
    pub fn directory_sizes(&self) -> Request<DirectorySizes> {
        Request::at(&self.session, Method::GET, Route::new("/wp-site-health/v1/directory-sizes"))
    }
}

impl Client {
    /// The health of the site.
    pub fn site_health(&self) -> SiteHealth {
        SiteHealth { session: self.0.clone() }
    }
}
