//! The header of stable memory: the layout version, the limits in force, and the counters.

use super::codec::{Reader, Writer};
use super::layout::current;
use super::slots::Slots;
use super::types::{AssetKind, HttpMaxBytesArg, InitArg};
use ic_stable_structures::Memory;

const MAGIC: &[u8; 8] = b"UPLOADS\0";
/// Pages of the header's memory.
const PAGES: u64 = 1;

/// The limits of this installation. Sizes are in bytes, times in nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    pub chunk_size: u64,
    pub max_chunks: u32,
    pub max_bytes: u64,
    pub inline_max: u64,
    pub max_active_sessions: u32,
    pub session_ttl_ns: u64,
    pub record_ttl_ns: u64,
    pub cleanup_interval_ns: u64,
    pub allow_anonymous: bool,
    pub hash_bytes_per_call: u64,
    pub http_token_ttl_ns: u64,
    pub http_uploads_per_hour: u32,
    pub http_max_bytes: HttpMaxBytes,
}

/// The largest upload over HTTP in bytes, by type of asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpMaxBytes {
    /// `None` means `max_bytes`.
    pub original: Option<u64>,
    pub display: u64,
    pub thumb: u64,
    pub placeholder: u64,
}

/// Nanoseconds in an hour.
pub const HOUR_NS: u64 = 3_600_000_000_000;
/// The ceiling of `max_chunks`: `finish` visits every chunk of an upload in one message.
pub const MAX_CHUNKS_CEILING: u32 = 1_000_000;
/// The ceiling of `hash_bytes_per_call`: about half the instruction limit of a message.
const HASH_BYTES_CEILING: u64 = 268_435_456;

impl Default for Limits {
    fn default() -> Self {
        Limits {
            chunk_size: 1_800_000,
            max_chunks: 512,
            max_bytes: 805_306_368,
            inline_max: 32_768,
            max_active_sessions: 100,
            session_ttl_ns: 24 * HOUR_NS,
            record_ttl_ns: 24 * HOUR_NS,
            cleanup_interval_ns: HOUR_NS,
            allow_anonymous: false,
            hash_bytes_per_call: 16_777_216,
            http_token_ttl_ns: HOUR_NS,
            http_uploads_per_hour: 100,
            http_max_bytes: HttpMaxBytes { original: None, display: 33_554_432, thumb: 4_194_304, placeholder: 65_536 },
        }
    }
}

impl Limits {
    /// Replaces the limits that the argument contains. The error describes an impossible limit.
    pub fn with(mut self, arg: &InitArg) -> Result<Limits, String> {
        if arg.chunk_size == Some(0) {
            return Err("chunk_size must be at least 1".to_string());
        }
        replace(&mut self.chunk_size, arg.chunk_size);
        replace(&mut self.max_chunks, arg.max_chunks.map(|n| n.min(MAX_CHUNKS_CEILING)));
        replace(&mut self.max_bytes, arg.max_bytes);
        replace(&mut self.inline_max, arg.inline_max);
        replace(&mut self.max_active_sessions, arg.max_active_sessions);
        replace(&mut self.session_ttl_ns, arg.session_ttl_ns);
        replace(&mut self.record_ttl_ns, arg.record_ttl_ns);
        replace(&mut self.cleanup_interval_ns, arg.cleanup_interval_ns);
        replace(&mut self.allow_anonymous, arg.allow_anonymous);
        let whole = |n: u64| n.clamp(64, HASH_BYTES_CEILING).next_multiple_of(64);
        replace(&mut self.hash_bytes_per_call, arg.hash_bytes_per_call.map(whole));
        replace(&mut self.http_token_ttl_ns, arg.http_token_ttl_ns);
        replace(&mut self.http_uploads_per_hour, arg.http_uploads_per_hour);
        if let Some(given) = &arg.http_max_bytes {
            self.http_max_bytes.replace(given);
        }
        Ok(self)
    }

    /// Returns the largest upload of this type over HTTP in bytes.
    pub fn http_bytes_max(&self, kind: AssetKind) -> u64 {
        let max = &self.http_max_bytes;
        match kind {
            AssetKind::Original => max.original.unwrap_or(self.max_bytes),
            AssetKind::Display => max.display,
            AssetKind::Thumb => max.thumb,
            AssetKind::Placeholder => max.placeholder,
        }
    }
}

impl HttpMaxBytes {
    fn replace(&mut self, given: &HttpMaxBytesArg) {
        self.original = given.original.or(self.original);
        replace(&mut self.display, given.display);
        replace(&mut self.thumb, given.thumb);
        replace(&mut self.placeholder, given.placeholder);
    }
}

fn replace<T>(limit: &mut T, given: Option<T>) {
    if let Some(value) = given {
        *limit = value;
    }
}

/// The fields that exist once per canister.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub limits: Limits,
    /// Number of installations and upgrades so far. An upgrade ends every running finish.
    pub epoch: u32,
    pub next_ticket: u32,
    pub next_capsule: u64,
    pub next_session: u64,
    pub next_blob: u64,
    pub next_memory: u64,
    pub bytes_stored: u64,
    pub bytes_pending: u64,
    pub bytes_inline: u64,
    pub slots: Slots,
    /// Names of the seeded faults, separated by commas, or an empty text.
    pub fault: String,
    pub next_token: u64,
}

impl Header {
    /// Creates the header of a new installation.
    pub fn new(limits: Limits) -> Header {
        Header {
            limits,
            epoch: 1,
            next_ticket: 1,
            next_capsule: 1,
            next_session: 1,
            next_blob: 1,
            next_memory: 1,
            bytes_stored: 0,
            bytes_pending: 0,
            bytes_inline: 0,
            slots: Slots::default(),
            fault: String::new(),
            next_token: 1,
        }
    }

    /// Writes the header.
    pub fn save<M: Memory>(&self, memory: &M) {
        if memory.size() < PAGES {
            assert!(memory.grow(PAGES) >= 0, "stable memory cannot grow");
        }
        let mut w = Writer(Vec::with_capacity(256));
        let l = &self.limits;
        w.raw(MAGIC).u32(current::VERSION);
        w.u32(self.epoch).u32(self.next_ticket);
        w.u64(self.next_capsule).u64(self.next_session).u64(self.next_blob).u64(self.next_memory);
        w.u64(self.bytes_stored).u64(self.bytes_pending).u64(self.bytes_inline);
        w.u32(self.slots.root).u32(self.slots.capacity).u32(self.slots.live).u32(self.slots.taken);
        w.u64(l.chunk_size).u32(l.max_chunks).u64(l.max_bytes).u64(l.inline_max).u32(l.max_active_sessions);
        w.u64(l.session_ttl_ns).u64(l.record_ttl_ns).u64(l.cleanup_interval_ns);
        w.u8(u8::from(l.allow_anonymous)).u64(l.hash_bytes_per_call);
        w.bytes(self.fault.as_bytes());
        // The following fields exist since layout 3.
        let http = &l.http_max_bytes;
        w.u64(l.http_token_ttl_ns).u32(l.http_uploads_per_hour).opt_u64(http.original);
        w.u64(http.display).u64(http.thumb).u64(http.placeholder).u64(self.next_token);
        memory.write(0, &w.0);
    }

    /// Reads the header and the layout version of stable memory. The error says why this code cannot use it.
    pub fn load<M: Memory>(memory: &M) -> Result<(Header, u32), String> {
        let mut page = vec![0; 1_024];
        if memory.size() >= PAGES {
            memory.read(0, &mut page);
        }
        let mut r = Reader(&page);
        if r.raw(8) != MAGIC {
            return Err("stable memory was not written by the upload canister".to_string());
        }
        let version = r.u32();
        if version == 0 || version > current::VERSION {
            return Err(format!(
                "stable memory has layout {version}, this code reads layouts up to {}",
                current::VERSION
            ));
        }
        Ok((read_fields(&mut r, version), version))
    }
}

fn read_fields(r: &mut Reader<'_>, version: u32) -> Header {
    let (epoch, next_ticket) = (r.u32(), r.u32());
    let [next_capsule, next_session, next_blob, next_memory] = std::array::from_fn(|_| r.u64());
    let [bytes_stored, bytes_pending, bytes_inline] = std::array::from_fn(|_| r.u64());
    let slots = Slots { root: r.u32(), capacity: r.u32(), live: r.u32(), taken: r.u32() };
    let mut limits = Limits {
        chunk_size: r.u64(),
        max_chunks: r.u32(),
        max_bytes: r.u64(),
        inline_max: r.u64(),
        max_active_sessions: r.u32(),
        session_ttl_ns: r.u64(),
        record_ttl_ns: r.u64(),
        cleanup_interval_ns: r.u64(),
        allow_anonymous: r.u8() == 1,
        hash_bytes_per_call: r.u64(),
        ..Limits::default()
    };
    let fault = r.text();
    let mut next_token = 1;
    if version >= 3 {
        limits.http_token_ttl_ns = r.u64();
        limits.http_uploads_per_hour = r.u32();
        limits.http_max_bytes =
            HttpMaxBytes { original: r.opt_u64(), display: r.u64(), thumb: r.u64(), placeholder: r.u64() };
        next_token = r.u64();
    }
    Header {
        limits,
        epoch,
        next_ticket,
        next_capsule,
        next_session,
        next_blob,
        next_memory,
        bytes_stored,
        bytes_pending,
        bytes_inline,
        slots,
        fault,
        next_token,
    }
}
