//! The records of the HTTP interface: tokens by hash, rate windows by owner, and both by expiry.

use crate::core::codec::{principal_bytes, Reader, Writer};
use candid::Principal;
use ic_stable_structures::{Memory, StableBTreeMap};

/// The kind of record, then its key, padded with zeros.
type Key = [u8; 41];

/// The kinds of records. The keys of `TokenDue` and `WindowDue` start with a time, so that expired records come first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum HttpRecord {
    /// SHA-256 of a token → owner, expiry, and number.
    Token = 1,
    /// Owner and number of a token → its hash. The oldest token of an owner comes first.
    TokenOfOwner = 2,
    /// Owner → start and end of the window, and the number of uploads begun in it.
    Window = 3,
    /// Expiry and hash of a token → nothing.
    TokenDue = 4,
    /// End and owner of a window → nothing.
    WindowDue = 5,
}

/// The stored record of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    pub owner: Principal,
    pub expires_at: u64,
    /// Consecutive number of the token.
    pub number: u64,
}

/// The hour in which an owner's uploads over HTTP are counted. Times are in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub start: u64,
    pub end: u64,
    pub count: u32,
}

/// All records, in one map.
pub struct HttpRecords<M: Memory> {
    map: StableBTreeMap<Key, Vec<u8>, M>,
}

fn key(kind: HttpRecord, parts: &[&[u8]]) -> Key {
    let mut key = [0; 41];
    key[0] = kind as u8;
    let mut at = 1;
    for part in parts {
        key[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    }
    key
}

fn token_of_owner(owner: &Principal, number: u64) -> Key {
    key(HttpRecord::TokenOfOwner, &[&principal_bytes(owner), &number.to_be_bytes()])
}

fn token_due(token: &TokenRecord, hash: &[u8; 32]) -> Key {
    key(HttpRecord::TokenDue, &[&token.expires_at.to_be_bytes(), hash])
}

fn window_due(owner: &Principal, window: &Window) -> Key {
    key(HttpRecord::WindowDue, &[&window.end.to_be_bytes(), &principal_bytes(owner)])
}

impl<M: Memory> HttpRecords<M> {
    /// Opens the records in a memory, or creates them if it is empty.
    pub fn open(memory: M) -> Self {
        HttpRecords { map: StableBTreeMap::init(memory) }
    }

    /// Returns the number of records of one kind.
    pub fn count(&self, kind: HttpRecord) -> u64 {
        self.map.keys_range(key(kind, &[])..[kind as u8 + 1; 41]).take_while(|key| key[0] == kind as u8).count() as u64
    }

    /// Removes all records.
    pub fn clear(&mut self) {
        self.map.clear_new();
    }

    // ---- tokens ----

    /// Returns the token with this hash, even if it has expired.
    pub fn token(&self, hash: &[u8; 32]) -> Option<TokenRecord> {
        let record = self.map.get(&key(HttpRecord::Token, &[hash]))?;
        let mut r = Reader(&record);
        Some(TokenRecord { owner: r.principal(), expires_at: r.u64(), number: r.u64() })
    }

    /// Adds a token.
    pub fn add_token(&mut self, hash: &[u8; 32], token: &TokenRecord) {
        let mut w = Writer::default();
        w.principal(&token.owner).u64(token.expires_at).u64(token.number);
        self.map.insert(key(HttpRecord::Token, &[hash]), w.0);
        self.map.insert(token_of_owner(&token.owner, token.number), hash.to_vec());
        self.map.insert(token_due(token, hash), Vec::new());
    }

    /// Removes a token.
    pub fn remove_token(&mut self, hash: &[u8; 32]) {
        if let Some(token) = self.token(hash) {
            self.map.remove(&key(HttpRecord::Token, &[hash]));
            self.map.remove(&token_of_owner(&token.owner, token.number));
            self.map.remove(&token_due(&token, hash));
        }
    }

    /// Returns the hashes and records of an owner's tokens, the oldest first.
    pub fn tokens_of(&self, owner: &Principal) -> Vec<([u8; 32], TokenRecord)> {
        let range = token_of_owner(owner, 0)..=token_of_owner(owner, u64::MAX);
        let hashes = self.map.range(range).map(|entry| Reader(&entry.value()).array());
        hashes.filter_map(|hash| Some((hash, self.token(&hash)?))).collect()
    }

    /// Returns the newest token.
    pub fn last_token(&self) -> Option<TokenRecord> {
        let range = key(HttpRecord::Token, &[])..key(HttpRecord::TokenOfOwner, &[]);
        let records = self.map.range(range).filter_map(|entry| self.token(entry.key()[1..33].try_into().unwrap()));
        records.max_by_key(|token| token.number)
    }

    // ---- rate windows ----

    /// Returns an owner's window, even if it is over.
    pub fn window(&self, owner: &Principal) -> Option<Window> {
        let record = self.map.get(&key(HttpRecord::Window, &[&principal_bytes(owner)]))?;
        let mut r = Reader(&record);
        Some(Window { start: r.u64(), end: r.u64(), count: r.u32() })
    }

    /// Replaces an owner's window.
    pub fn set_window(&mut self, owner: &Principal, window: &Window) {
        if self.window(owner).is_some_and(|old| old.end != window.end) {
            self.remove_window(owner);
        }
        let mut w = Writer::default();
        w.u64(window.start).u64(window.end).u32(window.count);
        self.map.insert(key(HttpRecord::Window, &[&principal_bytes(owner)]), w.0);
        self.map.insert(window_due(owner, window), Vec::new());
    }

    /// Removes an owner's window.
    pub fn remove_window(&mut self, owner: &Principal) {
        if let Some(window) = self.window(owner) {
            self.map.remove(&key(HttpRecord::Window, &[&principal_bytes(owner)]));
            self.map.remove(&window_due(owner, &window));
        }
    }

    // ---- expiry ----

    /// Removes tokens and windows that have expired at `now`, at most `max` of each. Returns whether there may be more.
    pub fn free_due(&mut self, now: u64, max: usize) -> bool {
        let tokens = self.due(HttpRecord::TokenDue, now, max);
        for due in &tokens {
            self.remove_token(due[9..41].try_into().unwrap());
        }
        let windows = self.due(HttpRecord::WindowDue, now, max);
        for due in &windows {
            self.remove_window(&Reader(&due[9..39]).principal());
        }
        tokens.len() == max || windows.len() == max
    }

    fn due(&self, kind: HttpRecord, now: u64, max: usize) -> Vec<Key> {
        let last = key(kind, &[&now.to_be_bytes(), &[0xff; 32]]);
        self.map.keys_range(key(kind, &[])..=last).take(max).collect()
    }
}
