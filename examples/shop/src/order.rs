//! Orders.

use serde::{Deserialize, Serialize};
use wp_client::{
    BatchKind, Create, Delete, Get, GmtTime, Id, List, Listed, ModifiedAfter, Paged, Resource, Rooted,
    Update, filters,
};

use crate::customer::Customer;
use crate::product::Product;

/// An order. The shop writes amounts as texts, so that no digit is lost.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Order {
    pub id: Id<Order>,
    /// `pending`, `processing`, `on-hold`, `completed`, `cancelled`, `refunded`, `failed`, or that of a plugin.
    pub status: String,
    pub currency: String,
    pub total: String,
    /// `None` for a guest.
    pub customer_id: Option<Id<Customer>>,
    pub billing: Billing,
    pub line_items: Vec<LineItem>,
    pub date_modified_gmt: Option<GmtTime>,
}

/// The person who pays. A guest may leave out everything.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Billing {
    #[serde(default)]
    pub first_name: String,
    #[serde(default)]
    pub last_name: String,
    #[serde(default)]
    pub email: String,
}

/// A product of an order.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct LineItem {
    pub name: String,
    /// `None` if the product was deleted.
    pub product_id: Option<Id<Product>>,
    pub quantity: u32,
    pub total: String,
}

/// A new order, or changes to one. What is `None` is not sent.
#[derive(Debug, Clone, Default, Serialize)]
pub struct OrderFields {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing: Option<Billing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_note: Option<String>,
}

impl Resource for Order {
    type Key = Id<Order>;
    type Edit = Self;
    const BATCH: BatchKind = BatchKind::WooCommerce;

    fn key(&self) -> Id<Order> {
        self.id
    }
}

impl Rooted for Order {
    const ROUTE: &'static str = "/wc/v3/orders";
}

impl Get for Order {}

impl Listed for Order {
    type Filters = filters::None;
    /// So that `changes_since` requests only what changed.
    const MODIFIED_AFTER: Option<ModifiedAfter> = Some(ModifiedAfter::WooCommerce);
}

impl Paged for Order {}

/// The shop responds to a deletion with the item alone.
impl Delete for Order {
    type Previous = Self;
}

impl Create for Order {
    type New = OrderFields;
}

impl Update for Order {
    type Patch = OrderFields;
}

/// The parameters of a list of orders. They are methods of the list, before and after `select` and its like.
pub trait OrderFilters: Sized {
    /// Returns only orders with this status.
    fn status(self, status: &str) -> Self;
    /// Returns only orders of this customer.
    fn customer(self, customer: Id<Customer>) -> Self;
    /// Returns only orders that were changed after this instant, the first change first.
    fn modified_since(self, time: GmtTime) -> Self;
}

impl<T, F> OrderFilters for List<Order, T, F> {
    fn status(self, status: &str) -> Self {
        self.query("status", status)
    }

    fn customer(self, customer: Id<Customer>) -> Self {
        self.query("customer", customer)
    }

    fn modified_since(self, time: GmtTime) -> Self {
        // The shop reads the time on its own clock unless it is told otherwise.
        let list = self.query("modified_after", time).query("dates_are_gmt", true);
        list.query("orderby", "modified").query("order", "asc")
    }
}
