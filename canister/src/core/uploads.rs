//! Begin, pause, resume, abort: what happens to a session apart from its bytes.

use super::asset_codec;
use super::capsules::capsule_name;
use super::metadata::{base, check_form, check_size, key_hash, Details};
use super::session::{Plan, Session, State};
use super::store::{owner_link, LinkKind, Store};
use super::types::{AssetMetadata, Error};
use super::Call;
use crate::fault::{self, Fault};
use ic_stable_structures::Memory;

/// A call that this state does not allow.
pub fn wrong_state(call: &str, state: State) -> Error {
    Error::InvalidState(format!("{call}: the session is {state:?}"))
}

impl<M: Memory> Store<M> {
    /// Begins a session, or answers the one that the key already stands for. `NotFound`, `Unauthorized`,
    /// `InvalidArgument`, `ResourceExhausted`, `Conflict`.
    pub fn begin(
        &mut self,
        call: &Call<'_>,
        capsule: &str,
        asset: &AssetMetadata,
        expected_chunks: u32,
        key: &str,
    ) -> Result<u64, Error> {
        self.commit_late_blob();
        let capsule = self.own_capsule(call, capsule)?;
        let encoded = asset_codec::encode(asset);
        let key_hash = key_hash(&call.caller, capsule, key);
        let holder = self.key_holder(call, &key_hash);
        if let Some(session) = &holder {
            if session.expected_chunks == expected_chunks && self.session_details(session.id).asset == encoded {
                call.log(&format!("BEGIN_AGAIN sid={}", session.id));
                return Ok(session.id);
            }
        }
        check_form(asset, key)?;
        let plan = self.plan(asset, expected_chunks)?;
        check_size(asset, key)?;
        self.check_limits(call, &plan)?;
        if let Some(session) = holder {
            return Err(Error::Conflict(format!("the key belongs to session {} with other parameters", session.id)));
        }
        let session = Session::begin(self.header.next_session, call.caller, capsule, &plan, call.now());
        let details = Details::new(asset, encoded, key, key_hash);
        self.add_session(&session, &details)?;
        call.log(&format!("BEGIN_OK sid={} {} len={}", session.id, capsule_name(capsule), session.bytes));
        Ok(session.id)
    }

    /// The session that holds a key now.
    fn key_holder(&self, call: &Call<'_>, key_hash: &[u8; 32]) -> Option<Session> {
        if fault::is(Fault::KeyIgnored) {
            return None;
        }
        let id = self.keys.get(key_hash)?;
        let (_, session) = self.header.slots.find(&self.blocks, id)?;
        let state = session.state_at(call.now(), self.header.epoch)?;
        state.holds_key().then_some(session)
    }

    /// What the session will keep. `InvalidArgument` when the chunks do not fit the bytes.
    fn plan(&self, asset: &AssetMetadata, expected_chunks: u32) -> Result<Plan, Error> {
        let limits = &self.header.limits;
        let bytes = base(asset).bytes;
        let chunks = bytes.div_ceil(limits.chunk_size);
        if u64::from(expected_chunks) != chunks {
            return Err(Error::InvalidArgument(format!(
                "{bytes} bytes are {chunks} chunks of {}, not {expected_chunks}",
                limits.chunk_size
            )));
        }
        Ok(Plan {
            chunk_size: limits.chunk_size,
            bytes,
            expected_chunks,
            session_ttl: limits.session_ttl_ns,
            record_ttl: limits.record_ttl_ns,
        })
    }

    /// `ResourceExhausted` for an upload that is too large, or one too many.
    fn check_limits(&self, call: &Call<'_>, plan: &Plan) -> Result<(), Error> {
        let limits = &self.header.limits;
        let too_large = plan.bytes > limits.max_bytes || plan.expected_chunks > limits.max_chunks;
        if too_large || self.active_sessions(call, limits.max_active_sessions) >= u64::from(limits.max_active_sessions)
        {
            return Err(Error::ResourceExhausted);
        }
        Ok(())
    }

    /// The caller's active sessions. The stored count is enough below the limit; only at the limit are
    /// those looked for that have expired since.
    fn active_sessions(&self, call: &Call<'_>, limit: u32) -> u64 {
        let stored = self.stored_active(&call.caller);
        if stored < u64::from(limit) {
            return stored;
        }
        let sessions = self.linked(owner_link(LinkKind::SessionOfCaller, &call.caller, 0));
        let active = sessions.filter(|id| {
            let found = self.header.slots.find(&self.blocks, *id);
            let state = found.and_then(|(_, session)| session.state_at(call.now(), self.header.epoch));
            state.is_some_and(State::is_active)
        });
        active.count() as u64
    }

    fn add_session(&mut self, session: &Session, details: &Details) -> Result<(), Error> {
        let inserted = self.header.slots.insert(&mut self.blocks, session);
        inserted.map_err(|_| Error::ResourceExhausted)?;
        self.header.next_session += 1;
        self.details.insert(session.id, details.encode());
        self.keys.insert(details.key_hash, session.id);
        self.add_link(owner_link(LinkKind::SessionOfCaller, &session.owner, session.id));
        self.add_active(&session.owner, 1);
        self.save();
        Ok(())
    }

    /// What is kept of a session beside its slot.
    pub fn session_details(&self, id: u64) -> Details {
        Details::decode(&self.details.get(&id).expect("a session without details in stable memory"))
    }

    /// Uploading to Paused. `NotFound`, `Unauthorized`, `InvalidState`.
    pub fn pause(&mut self, call: &Call<'_>, id: u64) -> Result<(), Error> {
        self.step(call, id, "pause", State::Uploading, State::Paused)?;
        call.log(&format!("PAUSE_OK sid={id}"));
        Ok(())
    }

    /// Paused to Uploading. `NotFound`, `Unauthorized`, `InvalidState`.
    pub fn resume(&mut self, call: &Call<'_>, id: u64) -> Result<(), Error> {
        self.step(call, id, "resume", State::Paused, State::Uploading)?;
        call.log(&format!("RESUME_OK sid={id}"));
        Ok(())
    }

    fn step(&mut self, call: &Call<'_>, id: u64, name: &str, from: State, to: State) -> Result<(), Error> {
        let (slot, mut session, state) = self.own_session(call, id)?;
        if state != from {
            return Err(wrong_state(name, state));
        }
        session.stored_state = to;
        session.updated_at = call.now();
        self.put_session(slot, &session);
        Ok(())
    }

    /// Ends a session and gives its blocks and its key back. `NotFound`, `Unauthorized`, `InvalidState`.
    pub fn abort(&mut self, call: &Call<'_>, id: u64) -> Result<(), Error> {
        let (slot, mut session, state) = self.own_session(call, id)?;
        match state {
            State::Cancelled => return Ok(()),
            State::Completed | State::Finishing => return Err(wrong_state("abort", state)),
            _ => {}
        }
        if session.stored_state.is_active() {
            if fault::is(Fault::ChunksKeptOnAbort) {
                (session.data_root, session.chunks_root) = (0, 0);
            }
            self.release(&mut session);
        }
        session.stored_state = State::Cancelled;
        session.updated_at = call.now();
        session.ended_at = call.now();
        self.put_session(slot, &session);
        self.save();
        call.log(&format!("ABORT_OK sid={id}"));
        Ok(())
    }
}
