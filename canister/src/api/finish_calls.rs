//! A finish that is too long for one message: the canister calls its own `uploads_finish_step` until the hash is complete.
//!
//! The callbacks get a ticket, never a pointer, and what belongs to it is looked up. After an upgrade that table is empty, so
//! a callback that comes home from before it finds nothing and touches nothing; tickets are never used twice.

use super::reply::{encode, reply};
use super::with_store;
use crate::core::finish::Finish;
use crate::core::types::{Error, UploadFinishResult};
use std::cell::RefCell;

type FinishReply = Result<UploadFinishResult, Error>;

thread_local! {
    /// The finishes under way: ticket and session.
    static UNDER_WAY: RefCell<Vec<(u32, u64)>> = const { RefCell::new(Vec::new()) };
}

/// Replies, or goes on with a step.
pub fn go_on(id: u64, finish: Result<Finish, Error>) {
    match finish {
        Ok(Finish::Done(result)) => reply(FinishReply::Ok(result)),
        Ok(Finish::Hashing { ticket }) => call_step(id, ticket),
        Err(error) => reply(FinishReply::Err(error)),
    }
}

fn call_step(id: u64, ticket: u32) {
    UNDER_WAY.with_borrow_mut(|under_way| under_way.push((ticket, id)));
    let this = ic_cdk::api::canister_self();
    let env = ticket as usize;
    // SAFETY: the callbacks take any number, and look up what it stands for.
    unsafe {
        ic0::call_new(this.as_slice(), "uploads_finish_step", on_reply, env, on_reject, env);
        ic0::call_on_cleanup(on_cleanup, env);
    }
    ic0::call_data_append(&encode((id, ticket)));
    if ic0::call_perform() != 0 {
        undo(ticket);
        reply(FinishReply::Err(interrupted("a step could not be called")));
    }
}

fn interrupted(why: &str) -> Error {
    Error::Internal(format!("finish was interrupted, call it again: {why}"))
}

/// The session of a ticket, taken out of the table.
fn take(ticket: u32) -> Option<u64> {
    UNDER_WAY.with_borrow_mut(|under_way| {
        let at = under_way.iter().position(|(other, _)| *other == ticket)?;
        Some(under_way.swap_remove(at).1)
    })
}

fn undo(ticket: u32) {
    if let Some(id) = take(ticket) {
        with_store(|store, call| store.finish_undo(call, id, ticket));
    }
}

extern "C" fn on_reply(env: usize) {
    let ticket = env as u32;
    let Some(id) = take(ticket) else {
        return reply(FinishReply::Err(interrupted("the canister was upgraded")));
    };
    let next = with_store(|store, call| store.finish_next(call, id, ticket));
    go_on(
        id,
        next.map_err(|error| match error {
            Error::InvalidState(text) => interrupted(&text),
            other => other,
        }),
    );
}

extern "C" fn on_reject(env: usize) {
    undo(env as u32);
    reply(FinishReply::Err(interrupted(&ic_cdk::api::msg_reject_msg())));
}

/// After a callback that trapped: its changes are gone, the session is still Finishing.
extern "C" fn on_cleanup(env: usize) {
    undo(env as u32);
}
