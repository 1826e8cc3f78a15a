//! What the WordPress REST API is: models, errors, routes, and the transport and clock contracts. No I/O, no runtime.
