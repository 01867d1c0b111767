//! How a session stands in its slot, by layout version.
//!
//! This code writes one layout (`current`), and reads each older one, once, to migrate it.

pub mod v1;
pub mod v2;
pub mod v3;

pub use v3 as current;
