//! The table of sessions: records of equal size, found by id in constant time.
//!
//! The table uses open addressing with linear probing. Ids count up, so collisions of `id mod capacity` are rare. The table
//! is a file over blocks. When half of its slots are taken, it is copied into a new one. The id 0 marks a slot that was
//! never used, and `GRAVE` one whose record was removed.

use super::blocks::{Blocks, Full};
use super::file::File;
use super::layout::current::{decode, encode, SLOT_BYTES};
use super::session::Session;
use ic_stable_structures::Memory;

const GRAVE: u64 = u64::MAX;
/// Number of slots of a new table. Its file has a table of blocks from the start, so that every access costs the same.
const CAPACITY_MIN: u32 = 128;

/// The part of the table that the header stores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    pub root: u32,
    pub capacity: u32,
    /// Number of slots that hold a session.
    pub live: u32,
    /// Number of slots that hold a session or a grave.
    pub taken: u32,
}

impl Slots {
    fn file(&self) -> File {
        File { root: self.root, len: u64::from(self.capacity) * SLOT_BYTES as u64 }
    }

    fn slot_at(position: u32) -> u64 {
        u64::from(position) * SLOT_BYTES as u64
    }

    /// Finds the session with this id, and the position of its slot.
    pub fn find<M: Memory>(&self, blocks: &Blocks<M>, id: u64) -> Option<(u32, Session)> {
        if self.capacity == 0 || id == 0 || id == GRAVE {
            return None;
        }
        let mut slot = [0; SLOT_BYTES];
        let mut position = id as u32 & (self.capacity - 1);
        for _ in 0..self.capacity {
            blocks.read(&self.file(), Self::slot_at(position), &mut slot);
            match slot_id(&slot) {
                0 => return None,
                found if found == id => return Some((position, decode(&slot))),
                _ => position = (position + 1) & (self.capacity - 1),
            }
        }
        None
    }

    /// Returns the session at a position.
    pub fn at<M: Memory>(&self, blocks: &Blocks<M>, position: u32) -> Option<Session> {
        let mut slot = [0; SLOT_BYTES];
        blocks.read(&self.file(), Self::slot_at(position), &mut slot);
        (slot_id(&slot) != 0 && slot_id(&slot) != GRAVE).then(|| decode(&slot))
    }

    /// Writes a session back to its slot.
    pub fn update<M: Memory>(&self, blocks: &mut Blocks<M>, position: u32, session: &Session) {
        let written = blocks.write(&mut self.file(), Self::slot_at(position), &encode(session));
        written.expect("a slot is always backed by blocks");
    }

    /// Adds a session with a new id. If there is no room for a larger table, the error changes nothing.
    pub fn insert<M: Memory>(&mut self, blocks: &mut Blocks<M>, session: &Session) -> Result<(), Full> {
        if (self.taken + 1).saturating_mul(2) > self.capacity {
            self.rebuild(blocks)?;
        }
        let mut position = session.id as u32 & (self.capacity - 1);
        while self.id_at(blocks, position) != 0 {
            position = (position + 1) & (self.capacity - 1);
        }
        self.update(blocks, position, session);
        self.live += 1;
        self.taken += 1;
        Ok(())
    }

    /// Removes the session at a position.
    pub fn remove<M: Memory>(&mut self, blocks: &mut Blocks<M>, position: u32) {
        let written = blocks.write(&mut self.file(), Self::slot_at(position), &GRAVE.to_le_bytes());
        written.expect("a slot is always backed by blocks");
        self.live -= 1;
    }

    fn id_at<M: Memory>(&self, blocks: &Blocks<M>, position: u32) -> u64 {
        let mut id = [0; 8];
        blocks.read(&self.file(), Self::slot_at(position), &mut id);
        u64::from_le_bytes(id)
    }

    /// Copies the sessions into a table without graves, which is twice as large if needed.
    fn rebuild<M: Memory>(&mut self, blocks: &mut Blocks<M>) -> Result<(), Full> {
        let grows = self.live.saturating_mul(4) > self.capacity;
        let capacity = if grows { self.capacity.checked_mul(2).ok_or(Full)? } else { self.capacity };
        let mut next = Slots { capacity: capacity.max(CAPACITY_MIN), ..Slots::default() };
        let mut file = next.file();
        blocks.fill_zero(&mut file)?;
        next.root = file.root;
        for position in 0..self.capacity {
            if let Some(session) = self.at(blocks, position) {
                next.insert(blocks, &session)?;
            }
        }
        blocks.free(&mut self.file());
        *self = next;
        Ok(())
    }

    /// Copies the sessions of a table with another slot size into a new table, and frees the old one.
    pub fn migrate<M: Memory>(
        old: Slots,
        slot_bytes: usize,
        blocks: &mut Blocks<M>,
        to_session: impl Fn(&[u8]) -> Session,
    ) -> Result<Slots, Full> {
        let mut file = File { root: old.root, len: u64::from(old.capacity) * slot_bytes as u64 };
        let mut slots = Slots::default();
        let mut slot = vec![0; slot_bytes];
        for position in 0..old.capacity {
            blocks.read(&file, u64::from(position) * slot_bytes as u64, &mut slot);
            if slot_id(&slot) != 0 && slot_id(&slot) != GRAVE {
                slots.insert(blocks, &to_session(&slot))?;
            }
        }
        blocks.free(&mut file);
        Ok(slots)
    }
}

fn slot_id(slot: &[u8]) -> u64 {
    u64::from_le_bytes(slot[..8].try_into().unwrap())
}
