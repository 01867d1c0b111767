//! The arguments of the management canister's methods.
//!
//! Source: the interface specification (`ic.did`). The limits of lists are those of its text. The order of fields does not matter.

mod canisters;
mod http;
mod keys;
mod snapshots;

pub use canisters::*;
pub use http::*;
pub use keys::*;
pub use snapshots::*;
