//! A finish that takes more than one message: the canister calls its own `uploads_finish_step` until the hash is complete.
//!
//! The callbacks get a ticket, not a pointer, and look up the session in a table. An upgrade empties this table, so a
//! callback of an earlier call finds nothing and changes nothing. Tickets are never reused.

use super::http_reply::reply_http;
use super::reply::{encode, reply};
use super::with_store;
use crate::core::finish::{Finish, TICKET_MAX};
use crate::core::http::{completed, not_completed};
use crate::core::types::{Error, UploadFinishResult};
use std::cell::RefCell;

/// The form of the reply. It is stored in the callback's argument beside the ticket, because the heap does not survive an
/// upgrade.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Candid,
    Http,
}

impl Form {
    fn env(self, ticket: u32) -> usize {
        let flag = if self == Form::Http { TICKET_MAX + 1 } else { 0 };
        (ticket | flag) as usize
    }

    fn from_env(env: usize) -> (Form, u32) {
        let env = env as u32;
        (if env > TICKET_MAX { Form::Http } else { Form::Candid }, env & TICKET_MAX)
    }

    fn reply(self, result: Result<UploadFinishResult, Error>) {
        match (self, result) {
            (Form::Candid, result) => reply(result),
            (Form::Http, Ok(result)) => reply_http(&completed(&result)),
            (Form::Http, Err(error)) => reply_http(&not_completed(error)),
        }
    }
}

thread_local! {
    /// Ticket and session of every running finish.
    static UNDER_WAY: RefCell<Vec<(u32, u64)>> = const { RefCell::new(Vec::new()) };
}

/// Replies, or calls the next step.
pub fn go_on(form: Form, id: u64, finish: Result<Finish, Error>) {
    match finish {
        Ok(Finish::Done(result)) => form.reply(Ok(result)),
        Ok(Finish::Hashing { ticket }) => call_step(form, id, ticket),
        Err(error) => form.reply(Err(error)),
    }
}

fn call_step(form: Form, id: u64, ticket: u32) {
    UNDER_WAY.with_borrow_mut(|under_way| under_way.push((ticket, id)));
    let this = ic_cdk::api::canister_self();
    let env = form.env(ticket);
    // SAFETY: the callbacks accept any number, because they look it up in a table.
    unsafe {
        ic0::call_new(this.as_slice(), "uploads_finish_step", on_reply, env, on_reject, env);
        ic0::call_on_cleanup(on_cleanup, env);
    }
    ic0::call_data_append(&encode((id, ticket)));
    if ic0::call_perform() != 0 {
        undo(ticket);
        form.reply(Err(interrupted("a step could not be called")));
    }
}

fn interrupted(why: &str) -> Error {
    Error::Internal(format!("finish was interrupted, call it again: {why}"))
}

/// Removes a ticket from the table, and returns its session.
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
    let (form, ticket) = Form::from_env(env);
    let Some(id) = take(ticket) else {
        return form.reply(Err(interrupted("the canister was upgraded")));
    };
    let next = with_store(|store, call| store.finish_next(call, id, ticket));
    go_on(
        form,
        id,
        next.map_err(|error| match error {
            Error::InvalidState(text) => interrupted(&text),
            other => other,
        }),
    );
}

extern "C" fn on_reject(env: usize) {
    let (form, ticket) = Form::from_env(env);
    undo(ticket);
    form.reply(Err(interrupted(&ic_cdk::api::msg_reject_msg())));
}

/// Runs after a callback that trapped. The callback's changes were rolled back, and the session is still Finishing.
extern "C" fn on_cleanup(env: usize) {
    undo(Form::from_env(env).1);
}
