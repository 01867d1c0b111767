//! SHA-256 with a state of plain data that can be stored, so that a partial hash survives an upgrade.

use sha2::compress256;
use sha2::digest::generic_array::{typenum::U64, GenericArray};

/// Number of bytes in one step of the hash.
pub const HASH_BLOCK: u64 = 64;

/// The chaining value before the first byte (FIPS 180-4, 5.3.3).
pub const INITIAL: [u32; 8] =
    [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

/// Advances the state over whole steps. The length of `bytes` must be a multiple of 64.
pub fn absorb(state: &mut [u32; 8], bytes: &[u8]) {
    debug_assert!(bytes.len() as u64 % HASH_BLOCK == 0);
    // SAFETY: a GenericArray<u8, U64> has 64 bytes and no alignment, and the slice holds `len / 64` of them.
    let steps = unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast::<GenericArray<u8, U64>>(), bytes.len() / 64) };
    compress256(state, steps);
}

/// Returns the hash of `total` bytes. `state` covers all but the last `tail.len()` of them, which are fewer than 64.
pub fn digest(mut state: [u32; 8], tail: &[u8], total: u64) -> [u8; 32] {
    let mut last = [0; 128];
    last[..tail.len()].copy_from_slice(tail);
    last[tail.len()] = 0x80;
    let end = if tail.len() < 56 { 64 } else { 128 };
    last[end - 8..end].copy_from_slice(&total.wrapping_mul(8).to_be_bytes());
    absorb(&mut state, &last[..end]);
    let mut out = [0; 32];
    for (bytes, word) in out.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    out
}

/// Returns the hash of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let whole = bytes.len() & !63;
    let mut state = INITIAL;
    absorb(&mut state, &bytes[..whole]);
    digest(state, &bytes[whole..], bytes.len() as u64)
}
