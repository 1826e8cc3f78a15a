//! The taxonomies.

use wp_core::Name;
use wp_core::models::{PostTypeInfo, TaxonomyInfo};

type PostTypeName = Name<PostTypeInfo>;

filters! {
    resource TaxonomyInfo of None {
        /// Returns only the taxonomies of this post type. WordPress returns an empty list for an unknown one.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
        /// for taxonomy in wp.taxonomies().list().of_type("post").await? {
        ///     println!("{}", taxonomy.name);
        /// }
        /// # Ok(()) }
        /// ```
        of_type as "type": PostTypeName,
    }
}
