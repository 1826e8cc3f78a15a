//! The fields of the tracing spans.

use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use http::HeaderValue;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber, subscriber};
use wp_core::Route;
use wp_core::extensions::RequestedRoute;
use wp_http::{Retry, Trace, Transport, TransportErrorKind};

use crate::post;
use crate::script::Turn::{Fail, Respond};
use crate::script::{Paused, Script};

/// Writes down the fields of every span of one thread, a line each. It is that of all threads, since a span's
/// place in the code remembers whether there is a subscriber.
#[derive(Clone)]
struct Notes(Arc<Mutex<Vec<String>>>, ThreadId);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}

impl Subscriber for Notes {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        if thread::current().id() != self.1 {
            return Id::from_u64(u64::MAX);
        }
        let mut lines = self.0.lock().unwrap();
        let mut line = format!("{} ", span.metadata().name());
        span.record(&mut Line(&mut line));
        lines.push(line);
        Id::from_u64(lines.len() as u64)
    }
    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut lines = self.0.lock().unwrap();
        if let Some(line) = lines.get_mut(usize::try_from(span.into_u64()).unwrap() - 1) {
            values.record(&mut Line(line));
        }
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test(start_paused = true)]
async fn spans_per_attempt_hold_no_secret() {
    let notes = Notes(Arc::default(), thread::current().id());
    subscriber::set_global_default(notes.clone()).unwrap();
    let clock = Paused::new();
    let turns =
        [Fail(TransportErrorKind::Connect), Respond("429; retry-after: 2; x-echo: s3cret"), Respond("201")];
    let script = Script::new(&clock, turns);
    let mut request = post("http://ana:s3cret@x/wp-json/wp/v2/posts/7?password=s3cret");
    request.headers_mut().insert("authorization", HeaderValue::from_static("Bearer s3cret"));
    request.extensions_mut().insert(RequestedRoute(Route::new("/wp/v2/posts/12").unwrap()));
    Retry::new(Trace::new(script, clock.clone()), clock).send(request).await.unwrap();
    let expected = [
        r#"wp_http method="POST" route="/wp/v2/posts/{}" attempt=1 error=Connect duration_ms=0 "#,
        r#"wp_http method="POST" route="/wp/v2/posts/{}" attempt=2 status=429 duration_ms=0 "#,
        r#"wp_http method="POST" route="/wp/v2/posts/{}" attempt=3 status=201 duration_ms=0 "#,
    ];
    assert_eq!(*notes.0.lock().unwrap(), expected);
}
