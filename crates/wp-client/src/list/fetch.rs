//! The pages of a list, requested ahead.

use std::collections::VecDeque;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use wp_core::extensions::Retryable;

use crate::read::rows::Rows;
use crate::{ListPosition, Reply, Request, Result};

/// A part of a list: what one request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) at: ListPosition,
    /// The number of items. 0: as many as the list's own `per_page` says, which is not a number.
    pub(super) size: u64,
    /// Whether this is a part of a page that was too heavy. The request for the page was retried; that for the part is not.
    pub(super) is_part: bool,
}

/// Requests the pages of a list in order, and some of them ahead. No task is spawned: the requests progress while the
/// stream is polled.
pub(super) struct Fetcher<T> {
    request: Request<Rows<T>>,
    /// The most pages at a time.
    limit: usize,
    /// The current limit: halved after pages that were requested ahead and not used, and raised by one after each that was.
    now: usize,
    spans: VecDeque<Span>,
    pages: FuturesOrdered<BoxFuture<'static, Result<Reply<Rows<T>>>>>,
}

impl<T: Send + 'static> Fetcher<T> {
    pub(super) fn new(request: Request<Rows<T>>, limit: usize) -> Self {
        Self { request, limit, now: limit, spans: VecDeque::new(), pages: FuturesOrdered::new() }
    }

    pub(super) fn request(&mut self) -> &mut Request<Rows<T>> {
        &mut self.request
    }

    /// The page at `span`. `following` are those that will most likely be next.
    pub(super) async fn fetch(
        &mut self,
        span: Span,
        following: impl Iterator<Item = Span>,
    ) -> Result<Reply<Rows<T>>> {
        if let Some(error) = self.request.take_fault() {
            return Err(error);
        }
        let mut wanted = std::iter::once(span).chain(following);
        let is_expected = self.spans.iter().all(|sent| wanted.next() == Some(*sent));
        if is_expected {
            self.now = self.limit.min(self.now.saturating_add(1));
            self.send(wanted);
        } else {
            self.now = (self.now / 2).max(1);
            self.spans.clear();
            self.pages.clear();
            self.send(std::iter::once(span));
        }
        self.spans.pop_front();
        match self.pages.next().await {
            Some(outcome) => outcome,
            // `send` has sent this one.
            None => self.page(span).await,
        }
    }

    fn send(&mut self, spans: impl Iterator<Item = Span>) {
        for span in spans.take(self.now.saturating_sub(self.spans.len())) {
            let page = self.page(span);
            self.pages.push_back(page);
            self.spans.push_back(span);
        }
    }

    fn page(&self, Span { at, size, is_part }: Span) -> BoxFuture<'static, Result<Reply<Rows<T>>>> {
        let mut request = self.request.again();
        if size > 0 {
            request = request.set("per_page", size);
        }
        if is_part {
            request = request.retryable(Retryable::Never);
        }
        request.set(at.parameter(), at.number()).reply_unreported().into_future()
    }
}
