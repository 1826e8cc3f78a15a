//! A WordPress REST API client: sign in with a token, publish, list; on reqwest, hyper or your own transport.
