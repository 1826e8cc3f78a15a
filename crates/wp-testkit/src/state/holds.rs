//! Responses that WordPress has created and that are sent later, or never.

use std::sync::Arc;

use tokio::sync::watch;

#[derive(Debug, Clone, Copy, Default)]
struct Turns {
    arrived: usize,
    released: usize,
}

/// Lets responses pass one after the other, in the order of their arrival.
#[derive(Debug)]
pub(crate) struct Latch {
    turns: watch::Sender<Turns>,
}

impl Latch {
    /// Waits until `count` responses have arrived.
    pub(crate) async fn arrived(&self, count: usize) {
        let mut turns = self.turns.subscribe();
        // `self` holds the sender, so this cannot fail.
        let _ = turns.wait_for(|turns| turns.arrived >= count).await;
    }

    pub(crate) fn arrivals(&self) -> usize {
        self.turns.borrow().arrived
    }

    pub(crate) fn release(&self, count: usize) {
        self.turns.send_modify(|turns| turns.released = turns.released.saturating_add(count));
    }

    /// Waits until the next response may be sent.
    pub(crate) async fn pass(&self) {
        let mut mine = 0;
        self.turns.send_modify(|turns| {
            mine = turns.arrived;
            turns.arrived += 1;
        });
        // `self` holds the sender, so this cannot fail.
        let _ = self.turns.subscribe().wait_for(|turns| turns.released > mine).await;
    }
}

/// Which responses are held.
#[derive(Debug)]
pub(crate) enum Held {
    /// The requests to the endpoints that issue or renew tokens.
    Tokens,
    /// The requests to one route or, outside the API, of one path.
    Path(String),
}

/// All current holds.
#[derive(Debug, Default)]
pub(crate) struct Holds {
    held: Vec<(u64, Held, Arc<Latch>)>,
    next: u64,
    /// How many responses of the token endpoints are still to be lost.
    pub(crate) lost_tokens: usize,
}

impl Holds {
    pub(crate) fn add(&mut self, held: Held) -> (u64, Arc<Latch>) {
        let latch = Arc::new(Latch { turns: watch::Sender::new(Turns::default()) });
        let id = self.next;
        self.next += 1;
        self.held.push((id, held, latch.clone()));
        (id, latch)
    }

    pub(crate) fn remove(&mut self, id: u64) {
        self.held.retain(|(known, ..)| *known != id);
    }

    pub(crate) fn latch(&self, id: u64) -> Option<Arc<Latch>> {
        self.held.iter().find(|(known, ..)| *known == id).map(|(.., latch)| latch.clone())
    }

    /// The fate of the response to this request, unless it is simply sent.
    pub(crate) fn fate(&mut self, path: &str, gives_tokens: bool) -> Option<Fate> {
        if gives_tokens && self.lost_tokens > 0 {
            self.lost_tokens -= 1;
            return Some(Fate::Lost);
        }
        let mine = |held: &Held| match held {
            Held::Tokens => gives_tokens,
            Held::Path(wanted) => wanted == path,
        };
        self.held.iter().find(|(_, held, _)| mine(held)).map(|(id, ..)| Fate::Held(*id))
    }
}

/// The fate of a response that is not simply sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fate {
    Held(u64),
    /// The connection is closed without a response.
    Lost,
}

impl Fate {
    /// The header that carries it from WordPress to the socket. It is only kept in memory.
    pub(crate) const HEADER: &str = "x-stand-in-fate";

    pub(crate) fn write(self) -> String {
        match self {
            Self::Held(id) => id.to_string(),
            Self::Lost => "lost".to_owned(),
        }
    }

    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        if text == "lost" { Some(Self::Lost) } else { text.parse().ok().map(Self::Held) }
    }
}
