//! The rate limit of uploads that an owner begins over HTTP.

use super::records::Window;
use super::tokens::FREED_WITH_EACH;
use crate::core::header::HOUR_NS;
use crate::core::store::Store;
use crate::core::Call;
use crate::fault::seams;
use candid::Principal;
use ic_stable_structures::Memory;

const SECOND_NS: u64 = 1_000_000_000;

impl<M: Memory> Store<M> {
    /// Returns the seconds, rounded up, until the caller may begin another upload over HTTP, or `None` if it may now.
    pub fn upload_wait_seconds(&self, call: &Call<'_>) -> Option<u64> {
        let limit = self.header.limits.http_uploads_per_hour;
        if limit == 0 {
            return Some(HOUR_NS / SECOND_NS);
        }
        let window = self.http.window(&window_owner(call)).filter(|window| call.now() < window.end)?;
        (window.count >= limit).then(|| (window.end - call.now()).div_ceil(SECOND_NS))
    }

    /// Counts an upload that was begun over HTTP. The first upload opens the window.
    pub fn count_upload(&mut self, call: &Call<'_>) {
        let owner = window_owner(call);
        let now = call.now();
        let window = match self.http.window(&owner).filter(|window| now < window.end) {
            Some(window) => Window { count: window.count + 1, ..window },
            None => Window { start: now, end: now.saturating_add(HOUR_NS), count: 1 },
        };
        self.http.set_window(&owner, &window);
        self.free_due_http(call, FREED_WITH_EACH);
    }
}

fn window_owner(call: &Call<'_>) -> Principal {
    seams::window_owner(call.caller)
}
