//! The encoding of a session in its slot, by layout version.
//!
//! This code writes one layout (`current`). It reads an older one only to migrate it.

pub mod v1;
pub mod v2;
pub mod v3;

pub use v3 as current;
