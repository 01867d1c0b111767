//! The store: the header, the blocks, the maps of records, and the links between records.

use super::blocks::{Blocks, Full};
use super::header::{Header, Limits};
use super::http::records::HttpRecords;
use super::session::{Session, State};
use super::slots::Slots;
use super::types::{Error, InitArg};
use super::Call;
use crate::fault::seams;
use candid::Principal;
use ic_stable_structures::{Memory, StableBTreeMap};

/// The largest number of entries in the reply of a list.
pub const LIST_MAX: usize = 1_000;

/// The ids of the virtual memories.
pub mod memory_id {
    pub const HEADER: u8 = 0;
    pub const BLOCKS: u8 = 1;
    pub const FREE_STACK: u8 = 2;
    pub const CAPSULES: u8 = 3;
    pub const BLOBS: u8 = 4;
    pub const MEMORIES: u8 = 5;
    pub const DETAILS: u8 = 6;
    pub const KEYS: u8 = 7;
    pub const LINKS: u8 = 8;
    pub const HTTP: u8 = 9;
}

/// A link from an owner to a record: kind, principal or capsule id in 30 bytes, id of the record.
pub type Link = [u8; 39];

/// The kinds of links.
#[derive(Clone, Copy)]
pub enum LinkKind {
    CapsuleOfCaller = 1,
    SessionOfCaller = 2,
    MemoryOfCapsule = 3,
    /// One entry per caller, with id 0. Its value is the number of sessions stored in an active state.
    ActiveCount = 4,
    /// Chunks in the order of arrival. Only seeded faults write these.
    Arrival = 5,
}

/// The canister's state. Only the header and one read buffer are in the heap.
pub struct Store<M: Memory> {
    pub header: Header,
    header_memory: M,
    pub blocks: Blocks<M>,
    pub capsules: StableBTreeMap<u64, Vec<u8>, M>,
    pub blobs: StableBTreeMap<u64, Vec<u8>, M>,
    pub memories: StableBTreeMap<u64, Vec<u8>, M>,
    /// The rarely read fields of sessions, by session id.
    pub details: StableBTreeMap<u64, Vec<u8>, M>,
    /// Session ids by the hash of caller, capsule, and idempotency key.
    pub keys: StableBTreeMap<[u8; 32], u64, M>,
    links: StableBTreeMap<Link, u64, M>,
    /// Tokens and rate windows of the HTTP interface.
    pub http: HttpRecords<M>,
}

impl<M: Memory> Store<M> {
    /// Creates the store of a new installation. The error describes an impossible limit.
    pub fn create(memory: impl Fn(u8) -> M, arg: &InitArg) -> Result<Self, String> {
        let mut header = Header::new(Limits::default().with(arg)?);
        header.seam_installed(arg)?;
        let store = Self::open(memory, header);
        store.save();
        Ok(store)
    }

    /// Opens the store after an upgrade, and migrates an older layout. An error changes nothing.
    pub fn reopen(memory: impl Fn(u8) -> M, arg: &InitArg) -> Result<Self, String> {
        let (mut header, version) = Header::load(&memory(memory_id::HEADER))?;
        header.limits = header.limits.clone().with(arg)?;
        header.epoch += 1;
        header.seam_installed(arg)?;
        let mut store = Self::open(memory, header);
        store.migrate(version).map_err(|_| "no room to migrate stable memory".to_string())?;
        store.seam_upgraded();
        store.save();
        Ok(store)
    }

    /// Migrates an older layout. Layout 2 differs only in the header, which the caller writes again.
    fn migrate(&mut self, version: u32) -> Result<(), Full> {
        use super::layout::v1;
        if version == v1::VERSION {
            let old = self.header.slots;
            self.header.slots = Slots::migrate(old, v1::SLOT_BYTES, &mut self.blocks, v1::migrate)?;
        }
        Ok(())
    }

    fn open(memory: impl Fn(u8) -> M, header: Header) -> Self {
        Store {
            header,
            header_memory: memory(memory_id::HEADER),
            blocks: Blocks::open(memory(memory_id::BLOCKS), memory(memory_id::FREE_STACK)),
            capsules: StableBTreeMap::init(memory(memory_id::CAPSULES)),
            blobs: StableBTreeMap::init(memory(memory_id::BLOBS)),
            memories: StableBTreeMap::init(memory(memory_id::MEMORIES)),
            details: StableBTreeMap::init(memory(memory_id::DETAILS)),
            keys: StableBTreeMap::init(memory(memory_id::KEYS)),
            links: StableBTreeMap::init(memory(memory_id::LINKS)),
            http: HttpRecords::open(memory(memory_id::HTTP)),
        }
    }

    /// Writes the header to stable memory. Every message that changes the header calls this.
    pub fn save(&self) {
        self.header.save(&self.header_memory);
    }

    // ---- callers ----

    /// Returns `Unauthorized` for the anonymous caller, unless this installation allows it.
    pub fn check_caller(&self, call: &Call<'_>) -> Result<(), Error> {
        if call.caller == Principal::anonymous() && !self.header.limits.allow_anonymous {
            return Err(Error::Unauthorized);
        }
        Ok(())
    }

    /// Returns `Unauthorized` for every caller but the owner.
    pub fn check_owner(&self, call: &Call<'_>, owner: &Principal) -> Result<(), Error> {
        self.check_caller(call)?;
        if call.caller != *owner {
            return Err(Error::Unauthorized);
        }
        Ok(())
    }

    // ---- sessions ----

    /// Returns the slot, record, and current state of the caller's session. Errors: `NotFound`, `Unauthorized`.
    pub fn own_session(&self, call: &Call<'_>, id: u64) -> Result<(u32, Session, State), Error> {
        self.session_for(call, id, true)
    }

    /// As `own_session`. Without `check_owner`, the session may belong to another caller.
    pub fn session_for(&self, call: &Call<'_>, id: u64, check_owner: bool) -> Result<(u32, Session, State), Error> {
        let (slot, session) = self.header.slots.find(&self.blocks, id).ok_or(Error::NotFound)?;
        let state = session.state_at(call.now(), self.header.epoch).ok_or(Error::NotFound)?;
        if check_owner {
            self.check_owner(call, &session.owner)?;
        }
        Ok((slot, session, state))
    }

    /// Writes a session back to its slot.
    pub fn put_session(&mut self, slot: u32, session: &Session) {
        self.header.slots.update(&mut self.blocks, slot, session);
    }

    /// Adds to the number of this caller's active sessions.
    pub fn add_active(&mut self, owner: &Principal, by: i64) {
        let link = owner_link(LinkKind::ActiveCount, owner, 0);
        match self.stored_active(owner).saturating_add_signed(by) {
            0 => self.links.remove(&link),
            count => self.links.insert(link, count),
        };
    }

    /// Returns the number of this caller's sessions that are stored as active. It includes expired sessions that cleanup
    /// has not visited yet.
    pub fn stored_active(&self, owner: &Principal) -> u64 {
        self.links.get(&owner_link(LinkKind::ActiveCount, owner, 0)).unwrap_or(0)
    }

    // ---- links ----

    /// Adds a link.
    pub fn add_link(&mut self, link: Link) {
        self.links.insert(link, 0);
    }

    /// Removes a link.
    pub fn remove_link(&mut self, link: &Link) {
        self.links.remove(link);
    }

    /// Returns the ids linked from the owner of `first`, starting at `first`, in ascending order.
    pub fn linked(&self, first: Link) -> impl Iterator<Item = u64> + '_ {
        let last = with_id(first, u64::MAX);
        self.links.range(first..=last).map(|entry| id_of(entry.key()))
    }

    /// Returns the newest `LIST_MAX` ids linked from the owner of `first`, in ascending order.
    pub fn newest_linked(&self, first: Link) -> Vec<u64> {
        let last = with_id(first, u64::MAX);
        let newest_first = self.links.range(first..=last).rev().take(LIST_MAX);
        let mut ids: Vec<u64> = newest_first.map(|entry| id_of(entry.key())).collect();
        ids.reverse();
        ids
    }
}

/// Returns the link from a caller to a record.
pub fn owner_link(kind: LinkKind, owner: &Principal, id: u64) -> Link {
    let mut link = [0; 39];
    link[0] = kind as u8;
    link[1..31].copy_from_slice(&super::codec::principal_bytes(owner));
    with_id(link, id)
}

/// Returns the link from a capsule to a record.
pub fn capsule_link(kind: LinkKind, capsule: u64, id: u64) -> Link {
    let mut link = [0; 39];
    link[0] = kind as u8;
    link[1..9].copy_from_slice(&capsule.to_be_bytes());
    with_id(link, id)
}

fn with_id(mut link: Link, id: u64) -> Link {
    link[31..].copy_from_slice(&id.to_be_bytes());
    link
}

fn id_of(link: &Link) -> u64 {
    u64::from_be_bytes(link[31..].try_into().unwrap())
}

/// Parses the number in a name such as `blob_12`: plain decimal, without a sign or leading zeros.
pub fn parse_name(prefix: &str, name: &str) -> Option<u64> {
    let digits = seams::digits_of_name(|| name.strip_prefix(prefix), prefix, name)?;
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    plain.then(|| digits.parse().ok()).flatten()
}
