//! Layout 3: the slots of layout 2. The header has the fields of the HTTP interface, and memory 9 holds tokens and windows.

pub use super::v2::{decode, encode, SLOT_BYTES};

pub const VERSION: u32 = 3;
