//! Cleanup: frees the chunks and keys of expired sessions, and removes records whose lifetime is over.

use super::session::{Session, State};
use super::store::{owner_link, LinkKind, Store};
use super::types::{CleanupResult, Error};
use super::Call;
use crate::fault::seams;
use ic_stable_structures::Memory;

/// Number of records that one call visits.
const BATCH: usize = 2_000;

/// Position of the timer's pass over the table of sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    position: u32,
    table_root: u32,
}

impl Pass {
    /// The position before the first slot.
    pub const START: Pass = Pass { position: 0, table_root: 0 };
}

impl<M: Memory> Store<M> {
    /// Cleans up the caller's own sessions. Errors: `Unauthorized`.
    pub fn cleanup_own(&mut self, call: &Call<'_>) -> Result<CleanupResult, Error> {
        self.check_caller(call)?;
        let first = owner_link(LinkKind::SessionOfCaller, &call.caller, 0);
        let due: Vec<u64> = self.linked(first).filter(|id| self.is_due(call, *id)).take(BATCH).collect();
        let mut result = CleanupResult::default();
        self.seam_cleanup(call, &mut result);
        self.free_own_http(call);
        for id in due {
            if let Some((slot, session)) = self.header.slots.find(&self.blocks, id) {
                self.clean(call, slot, session, &mut result);
            }
        }
        self.end_cleanup(call, &result);
        Ok(result)
    }

    /// Cleans up the sessions of all callers: one batch of slots, starting at `pass`. Returns the start of the next batch,
    /// or `None` at the end.
    pub fn cleanup_all(&mut self, call: &Call<'_>, pass: Pass) -> Option<Pass> {
        let slots = self.header.slots;
        let start = if pass.table_root == slots.root { pass.position } else { 0 };
        let end = start.saturating_add(BATCH as u32).min(slots.capacity);
        let mut result = CleanupResult::default();
        for position in start..end {
            if let Some(session) = slots.at(&self.blocks, position) {
                self.clean(call, position, session, &mut result);
            }
        }
        let more_due = self.free_due_http(call, BATCH);
        self.end_cleanup(call, &result);
        (end < slots.capacity || more_due).then_some(Pass { position: end, table_root: slots.root })
    }

    fn is_due(&self, call: &Call<'_>, id: u64) -> bool {
        self.header.slots.find(&self.blocks, id).is_some_and(|(_, session)| {
            match session.state_at(call.now(), self.header.epoch) {
                None => true,
                Some(state) => state == State::Failed && session.stored_state.is_active(),
            }
        })
    }

    fn clean(&mut self, call: &Call<'_>, slot: u32, mut session: Session, result: &mut CleanupResult) {
        if !seams::cleanup_acts(true) {
            return;
        }
        let state = session.state_at(call.now(), self.header.epoch);
        let expired = matches!(state, None | Some(State::Failed)) && session.stored_state.is_active();
        if expired {
            result.sessions_expired += 1;
            result.bytes_freed += session.bytes_received;
            session.seam_expired();
            self.release(&mut session);
            session.ended_at = session.expiry();
            session.stored_state = State::Failed;
            self.put_session(slot, &session);
        }
        if state.is_none() {
            result.records_removed += 1;
            self.forget(slot, &session);
        }
    }

    /// Frees what an active session holds: its blocks, its key, and its place in the count of active sessions.
    pub fn release(&mut self, session: &mut Session) {
        session.seam_ended();
        self.blocks.free(&mut session.data_file());
        self.blocks.free(&mut session.chunks_file());
        session.data_root = 0;
        session.chunks_root = 0;
        self.header.bytes_pending -= session.bytes_received;
        self.free_key(session);
        self.add_active(&session.owner, -1);
    }

    /// Removes the record of a session that holds nothing.
    fn forget(&mut self, slot: u32, session: &Session) {
        self.free_key(session);
        self.details.remove(&session.id);
        self.remove_link(&owner_link(LinkKind::SessionOfCaller, &session.owner, session.id));
        self.header.slots.remove(&mut self.blocks, slot);
    }

    /// Frees the session's key, unless a later session has taken it over.
    fn free_key(&mut self, session: &Session) {
        let key_hash = self.session_details(session.id).key_hash;
        if self.keys.get(&key_hash) == Some(session.id) {
            self.keys.remove(&key_hash);
        }
    }

    fn end_cleanup(&mut self, call: &Call<'_>, result: &CleanupResult) {
        if *result != CleanupResult::default() {
            self.save();
            call.log(&format!(
                "CLEANUP_OK expired={} removed={} bytes={}",
                result.sessions_expired, result.records_removed, result.bytes_freed
            ));
        }
    }
}
