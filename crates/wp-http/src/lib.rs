//! HTTP transports for the WordPress REST API: reqwest, hyper, and the decorators that harden any transport.
