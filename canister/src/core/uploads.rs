//! Begin, pause, resume, and abort.

use super::asset_codec;
use super::capsules::capsule_name;
use super::metadata::{base, check_form, check_size, key_hash, Details};
use super::session::{Plan, Session, State};
use super::store::{owner_link, LinkKind, Store};
use super::types::{AssetMetadata, Error};
use super::Call;
use crate::fault::seams;
use ic_stable_structures::Memory;

/// Returns the error for a call that this state does not allow.
pub fn wrong_state(call: &str, state: State) -> Error {
    Error::InvalidState(format!("{call}: the session is {state:?}"))
}

/// The arguments of a begin.
pub struct Begin<'a> {
    pub capsule: &'a str,
    pub asset: &'a AssetMetadata,
    /// `None` derives the number of chunks from the size.
    pub expected_chunks: Option<u32>,
    /// `None` always begins a new session.
    pub key: Option<&'a str>,
    /// Over HTTP, the rate limit and the size limit of the asset's type apply.
    pub over_http: bool,
}

/// A session that was created, or that already held the key.
pub struct Begun {
    pub session: Session,
    pub is_new: bool,
}

/// The limit that a begin exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exceeded {
    /// Bytes, chunks, a text, or the total metadata.
    Size,
    ActiveSessions,
    UploadsPerHour {
        wait_seconds: u64,
    },
    StableMemory,
}

/// The reason why a begin was refused.
#[derive(Debug)]
pub enum Refusal {
    Error(Error),
    /// A Candid caller gets `ResourceExhausted`.
    Exceeded(Exceeded),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal::Error(error)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        match refusal {
            Refusal::Error(error) => error,
            Refusal::Exceeded(_) => Error::ResourceExhausted,
        }
    }
}

impl<M: Memory> Store<M> {
    /// Begins a session, or returns the one that holds the key. Errors: `NotFound`, `Unauthorized`, `InvalidArgument`,
    /// `ResourceExhausted`, `Conflict`.
    pub fn begin(
        &mut self,
        call: &Call<'_>,
        capsule: &str,
        asset: &AssetMetadata,
        expected_chunks: u32,
        key: &str,
    ) -> Result<u64, Error> {
        let begin = Begin { capsule, asset, expected_chunks: Some(expected_chunks), key: Some(key), over_http: false };
        Ok(self.begin_upload(call, &begin)?.session.id)
    }

    /// As `begin`, for both interfaces. The limits are checked in the order of `Exceeded`.
    pub fn begin_upload(&mut self, call: &Call<'_>, begin: &Begin<'_>) -> Result<Begun, Refusal> {
        self.seam_update_starts();
        let (asset, key) = (begin.asset, begin.key.unwrap_or(""));
        let capsule = self.own_capsule(call, begin.capsule)?;
        let encoded = asset_codec::encode(asset);
        let key_hash = key_hash(&call.caller, capsule, key);
        let holder = begin.key.and_then(|_| self.key_holder(call, &key_hash));
        if let Some(session) = holder.as_ref() {
            let same_count = begin.expected_chunks.is_none_or(|count| count == session.expected_chunks);
            if same_count && self.session_details(session.id).asset == encoded {
                call.log(&format!("BEGIN_AGAIN sid={}", session.id));
                return Ok(Begun { session: session.clone(), is_new: false });
            }
        }
        check_form(asset, begin.key)?;
        let plan = self.plan(asset, begin.expected_chunks)?;
        let too_large = check_size(asset, key).is_err() || self.is_too_large(begin, &plan);
        if let Some(exceeded) = self.exceeded(call, begin, too_large) {
            return Err(Refusal::Exceeded(exceeded));
        }
        if let Some(session) = holder {
            let text = format!("the key belongs to session {} with other parameters", session.id);
            return Err(Error::Conflict(text).into());
        }
        let session = Session::begin(self.header.next_session, call.caller, capsule, &plan, call.now());
        let details = Details::new(asset, encoded, key, key_hash);
        self.add_session(&session, &details, begin)?;
        if begin.over_http {
            self.count_upload(call);
        }
        call.log(&format!("BEGIN_OK sid={} {} len={}", session.id, capsule_name(capsule), session.bytes));
        Ok(Begun { session, is_new: true })
    }

    /// Returns the session that currently holds a key.
    fn key_holder(&self, call: &Call<'_>, key_hash: &[u8; 32]) -> Option<Session> {
        let id = seams::key_holder(self.keys.get(key_hash))?;
        let (_, session) = self.header.slots.find(&self.blocks, id)?;
        let state = session.state_at(call.now(), self.header.epoch)?;
        state.holds_key().then_some(session)
    }

    /// Returns the fixed fields of a new session. Errors: `InvalidArgument` if the number of chunks does not fit the size.
    fn plan(&self, asset: &AssetMetadata, given: Option<u32>) -> Result<Plan, Error> {
        let limits = &self.header.limits;
        let bytes = base(asset).bytes;
        let chunks = bytes.div_ceil(limits.chunk_size);
        // A count above `u32::MAX` exceeds every limit anyway.
        let expected_chunks = u32::try_from(chunks).unwrap_or(u32::MAX);
        if let Some(given) = given.filter(|given| u64::from(*given) != chunks) {
            return Err(Error::InvalidArgument(format!(
                "{bytes} bytes are {chunks} chunks of {}, not {given}",
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

    fn is_too_large(&self, begin: &Begin<'_>, plan: &Plan) -> bool {
        let limits = &self.header.limits;
        let limited_by_type = seams::has_type_limit(begin.over_http);
        plan.bytes > limits.max_bytes
            || plan.expected_chunks > limits.max_chunks
            || limited_by_type && plan.bytes > limits.http_bytes_max(base(begin.asset).asset_type)
    }

    /// Returns the first limit that this upload would exceed.
    fn exceeded(&self, call: &Call<'_>, begin: &Begin<'_>, too_large: bool) -> Option<Exceeded> {
        let active_max = self.header.limits.max_active_sessions;
        if too_large {
            return Some(Exceeded::Size);
        }
        if self.active_sessions(call, active_max) >= u64::from(active_max) {
            return Some(Exceeded::ActiveSessions);
        }
        let wait_seconds = begin.over_http.then(|| self.upload_wait_seconds(call)).flatten()?;
        Some(Exceeded::UploadsPerHour { wait_seconds })
    }

    /// Returns the number of the caller's active sessions. Below the limit the stored count suffices. At the limit,
    /// expired sessions are excluded by visiting every session.
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

    fn add_session(&mut self, session: &Session, details: &Details, begin: &Begin<'_>) -> Result<(), Refusal> {
        let inserted = self.header.slots.insert(&mut self.blocks, session);
        inserted.map_err(|_| Refusal::Exceeded(Exceeded::StableMemory))?;
        self.header.next_session += 1;
        self.details.insert(session.id, details.encode());
        if begin.key.is_some() {
            self.keys.insert(details.key_hash, session.id);
        }
        self.add_link(owner_link(LinkKind::SessionOfCaller, &session.owner, session.id));
        self.add_active(&session.owner, 1);
        self.save();
        Ok(())
    }

    /// Returns the fields of a session that are stored outside its slot.
    pub fn session_details(&self, id: u64) -> Details {
        Details::decode(&self.details.get(&id).expect("a session without details in stable memory"))
    }

    /// Changes the state from Uploading to Paused. Errors: `NotFound`, `Unauthorized`, `InvalidState`.
    pub fn pause(&mut self, call: &Call<'_>, id: u64) -> Result<(), Error> {
        self.step(call, id, "pause", State::Uploading, State::Paused)?;
        call.log(&format!("PAUSE_OK sid={id}"));
        Ok(())
    }

    /// Changes the state from Paused to Uploading. Errors: `NotFound`, `Unauthorized`, `InvalidState`.
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

    /// Cancels a session and frees its blocks and its key. Errors: `NotFound`, `Unauthorized`, `InvalidState`.
    pub fn abort(&mut self, call: &Call<'_>, id: u64) -> Result<(), Error> {
        let (slot, mut session, state) = self.own_session(call, id)?;
        match state {
            State::Cancelled => return Ok(()),
            State::Completed | State::Finishing => return Err(wrong_state("abort", state)),
            _ => {}
        }
        if session.stored_state.is_active() {
            session.seam_abort();
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
