//! How a session stands in its slot, by layout version. Everything else is the same in both.
//!
//! A build writes one layout (`current`). The production build reads version 1 as well, once, to migrate it.

pub mod v1;
pub mod v2;

#[cfg(feature = "layout_v1")]
pub use v1 as current;
#[cfg(not(feature = "layout_v1"))]
pub use v2 as current;
