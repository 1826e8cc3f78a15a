//! The templates and template parts.

use std::collections::BTreeMap;

use http::Method;
use serde_json::Value;
use wp_core::models::{Pages, PostTypeInfo, Template, TemplateArea, TemplateKind};
use wp_core::response::Json;
use wp_core::{Id, Name, filters};

use crate::read::{Converted, Sent, value};
use crate::{Collection, List, Request};

impl<K: TemplateKind, T> List<Template<K>, T, filters::None> {
    /// Returns only the template with this id in the database.
    pub fn wp_id(self, id: Id<Template<K>>) -> Self {
        self.query("wp_id", id)
    }

    /// Returns only templates for this post type. Templates without a post type are for all.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for template in wp.templates().list().post_type("page").await? {
    ///     println!("{}", template.slug);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn post_type(self, name: impl Into<Name<PostTypeInfo>>) -> Self {
        self.query("post_type", name.into())
    }

    /// Returns only template parts of this area.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::TemplateArea;
    ///
    /// for header in wp.template_parts().list().area(TemplateArea::Header).await? {
    ///     println!("{}", header.slug);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn area(self, area: TemplateArea) -> Self {
        self.query("area", area)
    }
}

impl<K: TemplateKind> Collection<Template<K>> {
    /// Requests the template that WordPress uses where the theme has none with this slug: for `single-book`, that is
    /// `single`, or else `singular`, or else `index`. `None` if there is none. Since WordPress 6.1.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// if let Some(template) = wp.templates().lookup("single-book").await? {
    ///     println!("{}", template.id);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn lookup(&self, slug: &str) -> Request<Option<Template<K>>> {
        self.named::<Template<K>>(Method::GET, "lookup").query("slug", slug).read_by(found::<K>)
    }
}

impl Collection<Template<Pages>> {
    /// Requests the template that WordPress uses in place of a custom one: one that items choose, or one for the items
    /// with this prefix (`single-book` in `single-book-dune`). See [`lookup`](Self::lookup).
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// if let Some(wide) = wp.templates().lookup_custom("wide", true, None).await? {
    ///     println!("{}", wide.id);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn lookup_custom(
        &self,
        slug: &str,
        is_custom: bool,
        prefix: impl Into<Option<String>>,
    ) -> Request<Option<Template>> {
        let request = self.lookup(slug).query("is_custom", is_custom);
        match prefix.into() {
            Some(prefix) => request.query("template_prefix", prefix),
            None => request,
        }
    }
}

/// WordPress writes an empty object for "none".
fn found<K: TemplateKind>(json: &Json, sent: &Sent<'_>) -> Converted<Option<Template<K>>> {
    match value::<Template<K>>(json, sent) {
        Ok((template, coercions)) => Ok((Some(template), coercions)),
        Err(error) => match value::<BTreeMap<String, Value>>(json, sent) {
            Ok((none, coercions)) if none.is_empty() => Ok((None, coercions)),
            _ => Err(error),
        },
    }
}
