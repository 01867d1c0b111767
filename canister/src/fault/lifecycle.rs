//! The seams of installation, upgrade, abort, expiry, and cleanup.

use super::{is, Fault};
use crate::core::hash::INITIAL;
use crate::core::header::Header;
use crate::core::session::{Session, State};
use crate::core::slots::Slots;
use crate::core::store::Store;
use crate::core::types::{CleanupResult, InitArg};
use crate::core::Call;
use candid::Principal;
use ic_stable_structures::Memory;

impl Header {
    /// Runs at installation and upgrade: switches on the faults that the argument names, or the stored ones.
    #[cfg(feature = "faults")]
    pub fn seam_installed(&mut self, arg: &InitArg) -> Result<(), String> {
        if let Some(name) = &arg.fault {
            self.fault = name.clone();
        }
        super::choose(&self.fault)
    }

    /// Runs at installation and upgrade.
    #[cfg(not(feature = "faults"))]
    #[inline(always)]
    pub fn seam_installed(&mut self, _arg: &InitArg) -> Result<(), String> {
        Ok(())
    }
}

impl Session {
    /// Runs before the chunks of an aborted session are freed.
    #[inline(always)]
    pub fn seam_abort(&mut self) {
        if is(Fault::ChunksKeptOnAbort) {
            (self.data_root, self.chunks_root) = (0, 0);
        }
    }

    /// Runs before the chunks of an expired session are freed.
    #[inline(always)]
    pub fn seam_expired(&mut self) {
        if is(Fault::ChunksKeptOnExpiry) {
            (self.data_root, self.chunks_root) = (0, 0);
        }
    }

    /// Runs when a session was migrated from layout 1.
    #[inline(always)]
    pub fn seam_migrated(&mut self) {
        if is(Fault::OldLayoutMisread) {
            (self.chunks_received, self.prefix_chunks) = (self.prefix_chunks, self.chunks_received);
            self.hash = INITIAL;
        }
    }
}

impl<M: Memory> Store<M> {
    /// Runs at the end of an upgrade.
    #[inline(always)]
    pub fn seam_upgraded(&mut self) {
        if is(Fault::IdsReusedAfterUpgrade) {
            (self.header.next_blob, self.header.next_memory) = (1, 1);
        }
        if is(Fault::PartialHashLostOnUpgrade) {
            self.reset_hashes();
        }
        if is(Fault::HttpTokensLostOnUpgrade) {
            self.http.clear();
        }
        if is(Fault::SessionsLostOnUpgrade) {
            self.header.slots = Slots::default();
        }
    }

    /// Runs at the start of a cleanup that a caller asked for.
    #[inline(always)]
    pub fn seam_cleanup(&mut self, call: &Call<'_>, result: &mut CleanupResult) {
        if is(Fault::CleanupTakesCallersSessions) {
            self.evict_open(call, Some(call.caller), result);
        }
        if is(Fault::CleanupTakesEveryonesSessions) {
            self.evict_open(call, None, result);
        }
    }

    /// Evicts sessions that have not expired.
    fn evict_open(&mut self, call: &Call<'_>, owner: Option<Principal>, result: &mut CleanupResult) {
        for slot in 0..self.header.slots.capacity {
            let Some(mut session) = self.header.slots.at(&self.blocks, slot) else { continue };
            let theirs = owner.is_none_or(|owner| owner == session.owner);
            if theirs && session.stored_state.is_active() {
                result.sessions_expired += 1;
                result.bytes_freed += session.bytes_received;
                self.release(&mut session);
                session.stored_state = State::Failed;
                session.updated_at = call.now().saturating_sub(session.session_ttl);
                self.put_session(slot, &session);
            }
        }
    }

    /// Sets every partial hash back to its value before the first chunk.
    fn reset_hashes(&mut self) {
        for slot in 0..self.header.slots.capacity {
            if let Some(mut session) = self.header.slots.at(&self.blocks, slot) {
                session.hash = INITIAL;
                self.put_session(slot, &session);
            }
        }
    }
}
