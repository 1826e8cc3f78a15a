//! The calls that the client offers: each verb of each resource, and each parameter with a value that shows whose it is.

mod content;
mod dashboard;
mod people;
mod site;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use wp_client::{Client, Key, List, Order, Paged};

/// A call as it is written, and its future.
pub(crate) type Call = (&'static str, BoxFuture<'static, ()>);

/// Makes a [`Call`] of each expression.
macro_rules! calls {
    ($($call:expr;)*) => {
        vec![$((stringify!($call), $crate::calls::done($call))),*]
    };
}
use calls;

pub(crate) fn all(wp: &Client) -> Vec<Call> {
    [content::calls(wp), people::calls(wp), site::calls(wp), dashboard::calls(wp)]
        .into_iter()
        .flatten()
        .collect()
}

/// Awaits a call, whatever comes of it.
fn done<F: IntoFuture<IntoFuture: Send + 'static>>(call: F) -> BoxFuture<'static, ()> {
    let future = call.into_future();
    async move { drop(future.await) }.boxed()
}

/// The parameters of all lists with pages.
fn paged<R: Paged, T: Send + 'static, F>(list: List<R, T, F>, key: R::Key) -> List<R, T, F>
where
    R::Key: Key,
{
    let list = list.page(2).per_page(3).search("words").order_by("id", Order::Asc);
    list.include([key.clone()]).exclude([key])
}
