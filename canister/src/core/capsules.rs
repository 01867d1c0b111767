//! Capsules: the containers of uploads and memories.

use super::codec::{Reader, Writer};
use super::metadata::NAME_MAX;
use super::store::{owner_link, parse_name, LinkKind, Store};
use super::types::{Capsule, Error};
use super::Call;
use candid::Principal;
use ic_stable_structures::Memory;

/// The name of a capsule.
pub fn capsule_name(id: u64) -> String {
    format!("capsule_{id}")
}

impl<M: Memory> Store<M> {
    /// Creates a capsule that belongs to the caller. Errors: `Unauthorized`, `ResourceExhausted`.
    pub fn create_capsule(&mut self, call: &Call<'_>, name: Option<String>) -> Result<Capsule, Error> {
        self.check_caller(call)?;
        if name.as_ref().is_some_and(|name| name.len() > NAME_MAX) {
            return Err(Error::ResourceExhausted);
        }
        let id = self.header.next_capsule;
        self.header.next_capsule += 1;
        let capsule = Capsule { id: capsule_name(id), owner: call.caller, name, created_at: call.now() };
        let mut w = Writer::default();
        w.principal(&capsule.owner).u64(capsule.created_at);
        w.opt_bytes(capsule.name.as_ref().map(|name| name.as_bytes()));
        self.capsules.insert(id, w.0);
        self.add_link(owner_link(LinkKind::CapsuleOfCaller, &call.caller, id));
        self.save();
        call.log(&format!("CAPSULE_OK id={id}"));
        Ok(capsule)
    }

    /// Lists the caller's capsules.
    pub fn list_capsules(&self, call: &Call<'_>) -> Vec<Capsule> {
        if self.check_caller(call).is_err() {
            return Vec::new();
        }
        let ids = self.newest_linked(owner_link(LinkKind::CapsuleOfCaller, &call.caller, 0));
        ids.into_iter().filter_map(|id| self.capsule(id)).collect()
    }

    /// Returns the id of a capsule that belongs to the caller. Errors: `NotFound`, `Unauthorized`.
    pub fn own_capsule(&self, call: &Call<'_>, name: &str) -> Result<u64, Error> {
        let id = parse_name("capsule_", name).ok_or(Error::NotFound)?;
        let owner = self.capsule_owner(id).ok_or(Error::NotFound)?;
        self.check_owner(call, &owner)?;
        Ok(id)
    }

    /// Returns the owner of a capsule.
    pub fn capsule_owner(&self, id: u64) -> Option<Principal> {
        Some(Reader(&self.capsules.get(&id)?).principal())
    }

    fn capsule(&self, id: u64) -> Option<Capsule> {
        let record = self.capsules.get(&id)?;
        let mut r = Reader(&record);
        let (owner, created_at, name) = (r.principal(), r.u64(), r.opt_text());
        Some(Capsule { id: capsule_name(id), owner, name, created_at })
    }
}
