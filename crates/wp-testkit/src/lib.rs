//! A stateful WordPress stand-in, in process, over real sockets, for tests.
