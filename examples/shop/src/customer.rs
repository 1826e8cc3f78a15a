//! Customers.

use serde::Deserialize;
use wp_client::{Delete, Get, Id, Listed, Paged, Resource, Rooted, filters};

/// A customer with an account.
#[derive(Debug, Clone, Deserialize)]
pub struct Customer {
    pub id: Id<Customer>,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
}

impl Resource for Customer {
    type Key = Id<Customer>;
    type Edit = Self;

    fn key(&self) -> Id<Customer> {
        self.id
    }
}

impl Rooted for Customer {
    const ROUTE: &'static str = "/wc/v3/customers";
}

impl Get for Customer {}

impl Listed for Customer {
    type Filters = filters::None;
}

impl Paged for Customer {}

impl Delete for Customer {
    type Previous = Self;
}
