//! Layout 3: the slots of layout 2; the header goes on with what the HTTP interface keeps, and memory 9 holds tokens and windows.

pub use super::v2::{decode, encode, SLOT_BYTES};

pub const VERSION: u32 = 3;
