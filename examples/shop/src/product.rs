//! Products.

use serde::{Deserialize, Serialize};
use wp_client::{BatchKind, Delete, Get, Id, Listed, Paged, Resource, Rooted, Update, filters};

/// A product.
#[derive(Debug, Clone, Deserialize)]
pub struct Product {
    pub id: Id<Product>,
    pub name: String,
    pub sku: String,
    pub price: String,
    /// `None` if the stock is not counted.
    pub stock_quantity: Option<i64>,
}

/// Changes to a product. What is `None` is not sent.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProductPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regular_price: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_quantity: Option<i64>,
}

impl Resource for Product {
    type Key = Id<Product>;
    type Edit = Self;
    const BATCH: BatchKind = BatchKind::WooCommerce;

    fn key(&self) -> Id<Product> {
        self.id
    }
}

impl Rooted for Product {
    const ROUTE: &'static str = "/wc/v3/products";
}

impl Get for Product {}

impl Listed for Product {
    type Filters = filters::None;
}

impl Paged for Product {}

impl Delete for Product {
    type Previous = Self;
}

impl Update for Product {
    type Patch = ProductPatch;
}
