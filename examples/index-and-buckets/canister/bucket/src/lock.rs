//! Locks of uploads that are being finished. They are on the heap: the canister refuses to be upgraded
//! while a finish is under way.

use ic_cdk::futures::is_recovering_from_trap;
use seeded_faults::has;
use std::cell::RefCell;
use std::collections::HashSet;

thread_local! {
    static LOCKED: RefCell<HashSet<u64>> = RefCell::new(HashSet::new());
}

/// The lock of one upload. Dropping it, also after a trap, unlocks the upload.
pub struct Lock(u64);

impl Lock {
    /// Returns `None` if the upload is locked.
    pub fn take(upload: u64) -> Option<Self> {
        let is_new = LOCKED.with_borrow_mut(|locked| locked.insert(upload));
        // Not `then_some`: a lock that is made and dropped at once would unlock the upload.
        (is_new || has("finish-not-locked")).then(|| Self(upload))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if !(has("lock-kept-after-trap") && is_recovering_from_trap()) {
            LOCKED.with_borrow_mut(|locked| locked.remove(&self.0));
        }
    }
}

pub fn is_locked(upload: u64) -> bool {
    LOCKED.with_borrow(|locked| locked.contains(&upload))
}
