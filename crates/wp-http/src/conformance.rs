//! What proves a transport: a server that is a raw socket.

mod server;

pub use server::{Conn, Server, answer};
