//! Bearer tokens. An update call creates one for its caller, and every HTTP request carries one. Tokens expire.

use super::records::TokenRecord;
use crate::core::codec::Writer;
use crate::core::hash::sha256;
use crate::core::store::Store;
use crate::core::types::{Error, HttpToken};
use crate::core::Call;
use crate::fault::seams;
use candid::Principal;
use ic_stable_structures::Memory;

/// The largest number of valid tokens per owner. One more token invalidates the oldest.
const TOKENS_PER_OWNER_MAX: usize = 16;
/// Number of hexadecimal digits of a token.
const TOKEN_DIGITS: usize = 64;
/// Number of expired records that each new one frees. Two are enough to keep their number bounded without a timer.
pub const FREED_WITH_EACH: usize = 2;

impl<M: Memory> Store<M> {
    /// Creates a token for the caller from 32 random bytes. Errors: `Unauthorized`.
    pub fn create_token(&mut self, call: &Call<'_>, random: &[u8]) -> Result<HttpToken, Error> {
        self.check_caller(call)?;
        let number = self.header.next_token;
        self.header.next_token += 1;
        let mut w = Writer::default();
        w.bytes(random).u64(number).principal(&call.caller);
        let token = to_hex(&sha256(&w.0));
        let record = TokenRecord {
            owner: call.caller,
            expires_at: call.now().saturating_add(self.header.limits.http_token_ttl_ns),
            number,
        };
        self.make_room_for_token(call);
        self.http.add_token(&sha256(token.as_bytes()), &record);
        self.save();
        call.log(&format!("TOKEN_OK number={number}"));
        Ok(HttpToken { token, expires_at: record.expires_at })
    }

    /// Removes the caller's expired and oldest tokens until there is room for one more.
    fn make_room_for_token(&mut self, call: &Call<'_>) {
        self.free_due_http(call, FREED_WITH_EACH);
        let mut own = self.http.tokens_of(&call.caller);
        own.retain(|(hash, token)| {
            let live = call.now() < token.expires_at;
            if !live {
                self.http.remove_token(hash);
            }
            live
        });
        let surplus = (own.len() + 1).saturating_sub(TOKENS_PER_OWNER_MAX);
        for (hash, _) in &own[..surplus] {
            self.http.remove_token(hash);
        }
    }

    /// Invalidates one of the caller's tokens. Errors: `NotFound`.
    pub fn revoke_token(&mut self, call: &Call<'_>, token: &str) -> Result<(), Error> {
        let hash = token_hash(token).ok_or(Error::NotFound)?;
        let record = self.http.token(&hash).ok_or(Error::NotFound)?;
        if record.owner != call.caller || call.now() >= record.expires_at {
            return Err(Error::NotFound);
        }
        self.http.remove_token(&hash);
        call.log(&format!("TOKEN_REVOKE_OK number={}", record.number));
        Ok(())
    }

    /// Returns the owner of the token in a header `Authorization`, if the token is valid.
    pub fn token_owner(&self, call: &Call<'_>, authorization: Option<&str>) -> Option<Principal> {
        let (scheme, token) = authorization?.trim().split_once(' ')?;
        let hash = token_hash(token.trim_start())?;
        let record = self.http.token(&hash)?;
        let live = seams::token_is_live(call.now() < record.expires_at);
        if !live || !scheme.eq_ignore_ascii_case("Bearer") {
            return None;
        }
        Some(self.seam_token_owner(record.owner))
    }

    /// Frees expired tokens and windows. Returns whether there may be more.
    pub fn free_due_http(&mut self, call: &Call<'_>, max: usize) -> bool {
        seams::frees_http_records(true) && self.http.free_due(call.now(), max)
    }

    /// Frees the caller's expired tokens and window.
    pub fn free_own_http(&mut self, call: &Call<'_>) {
        if !seams::frees_http_records(true) {
            return;
        }
        for (hash, token) in self.http.tokens_of(&call.caller) {
            if call.now() >= token.expires_at {
                self.http.remove_token(&hash);
            }
        }
        if self.http.window(&call.caller).is_some_and(|window| call.now() >= window.end) {
            self.http.remove_window(&call.caller);
        }
    }
}

/// Returns the hash under which a token is stored, or `None` if the text cannot be a token.
fn token_hash(token: &str) -> Option<[u8; 32]> {
    (token.len() == TOKEN_DIGITS).then(|| sha256(token.as_bytes()))
}

/// Encodes bytes as lower-case hexadecimal digits.
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| DIGITS[usize::from(digit)] as char).collect()
}
