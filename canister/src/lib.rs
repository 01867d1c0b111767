//! The upload canister: chunked uploads into capsules, read back as blobs and memories.
//!
//! - `core` is the canister without the Internet Computer.
//! - `api` is the thin layer that connects it to the Internet Computer.
//! - `fault` holds the seeded faults of the test build.
//!
//! README.md specifies every method.

// Older supported compilers do not have `is_multiple_of`.
#![allow(clippy::manual_is_multiple_of)]

pub mod api;
pub mod core;
pub mod fault;
