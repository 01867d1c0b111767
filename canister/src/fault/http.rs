//! The seams of the HTTP interface.

use super::{is, Fault};
use crate::core::finish::Finish;
use crate::core::http::route::Route;
use crate::core::memories::MemoryRecord;
use crate::core::store::{parse_name, Store};
use crate::core::types::Error;
use crate::core::Call;
use candid::Principal;
use ic_stable_structures::Memory;

impl<M: Memory> Store<M> {
    /// The owner of a valid token.
    #[inline(always)]
    pub fn seam_token_owner(&self, owner: Principal) -> Principal {
        if is(Fault::HttpTokensShared) {
            return self.http.last_token().map_or(owner, |token| token.owner);
        }
        owner
    }

    /// The principal for whom a request is carried out: the owner of its token, if the token is valid.
    #[inline(always)]
    pub fn seam_http_caller(&self, owner: Option<Principal>, route: Option<&Route<'_>>) -> Option<Principal> {
        let anyone = is(Fault::HttpOwnerNotChecked) && owner.is_some();
        let without = is(Fault::HttpTokenNotChecked) && owner.is_none();
        if anyone || without {
            return route.and_then(|route| self.owner_of_resource(route)).or(owner);
        }
        owner
    }

    /// The result of a finish over HTTP.
    #[inline(always)]
    pub fn seam_http_finish(
        &mut self,
        finish: Result<Finish, Error>,
        call: &Call<'_>,
        id: u64,
        total_len: u64,
    ) -> Result<Finish, Error> {
        match finish {
            Err(Error::ChecksumMismatch { computed, .. }) if is(Fault::HttpHashNotCompared) => {
                self.finish(call, id, Ok(&computed), total_len)
            }
            finish => finish,
        }
    }

    /// The owner of the session or memory that a request names.
    fn owner_of_resource(&self, route: &Route<'_>) -> Option<Principal> {
        let session = |id| self.header.slots.find(&self.blocks, id).map(|(_, session)| session.owner);
        let memory = |name| {
            let record = self.memories.get(&parse_name("memory_", name)?)?;
            Some(MemoryRecord::decode(&record).owner)
        };
        match route {
            Route::Begin => None,
            Route::Status { id } | Route::PutChunk { id, .. } | Route::Complete { id } => session(*id),
            Route::Cancel { id } | Route::Pause { id } | Route::Resume { id } => session(*id),
            Route::Asset { memory: name, .. } => memory(name),
            Route::Metadata { memory: name } | Route::Delete { memory: name } => memory(name),
        }
    }
}
