//! The upload canister: chunked uploads into capsules, read back as blobs and memories.
//!
//! `core` is the canister without the Internet Computer; `api` is the thin layer that makes it one. README.md says
//! what every method promises.

// `is_multiple_of` is younger than the compilers this builds with.
#![allow(clippy::manual_is_multiple_of)]

pub mod api;
pub mod core;
pub mod fault;
