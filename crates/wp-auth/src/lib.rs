//! Token providers for the WordPress REST API and the single-flight cache that keeps a token fresh.
