//! `decoding` for libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wp_fuzz::targets::decoding::run(data));
