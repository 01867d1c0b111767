//! The creation of a token: a call of the management canister's `raw_rand`, whose callback creates the token.
//!
//! As in `finish_calls`, the callbacks get a ticket and look it up in a table.

use super::reply::reply;
use super::with_store;
use crate::core::types::{Error, HttpToken};
use candid::Principal;
use serde_bytes::ByteBuf;
use std::cell::RefCell;

type TokenReply = Result<HttpToken, Error>;

thread_local! {
    /// Ticket and caller of every pending call.
    static WAITING: RefCell<Vec<(u32, Principal)>> = const { RefCell::new(Vec::new()) };
}

/// Checks the caller, and calls `raw_rand`.
pub fn call_raw_rand() {
    let taken = with_store(|store, call| {
        store.check_caller(call)?;
        let ticket = store.take_ticket();
        store.save();
        Ok((ticket, call.caller))
    });
    let (ticket, caller) = match taken {
        Ok(taken) => taken,
        Err(error) => return reply(TokenReply::Err(error)),
    };
    WAITING.with_borrow_mut(|waiting| waiting.push((ticket, caller)));
    let env = ticket as usize;
    // SAFETY: the callbacks accept any number, because they look it up in a table.
    unsafe {
        ic0::call_new(Principal::management_canister().as_slice(), "raw_rand", on_reply, env, on_reject, env);
        ic0::call_on_cleanup(on_cleanup, env);
    }
    ic0::call_data_append(b"DIDL\x00\x00");
    if ic0::call_perform() != 0 {
        take(ticket);
        reply(TokenReply::Err(interrupted("raw_rand could not be called")));
    }
}

fn interrupted(why: &str) -> Error {
    Error::Internal(format!("no token was made, call it again: {why}"))
}

/// Removes a ticket from the table, and returns its caller.
fn take(ticket: u32) -> Option<Principal> {
    WAITING.with_borrow_mut(|waiting| {
        let at = waiting.iter().position(|(other, _)| *other == ticket)?;
        Some(waiting.swap_remove(at).1)
    })
}

extern "C" fn on_reply(env: usize) {
    let Some(caller) = take(env as u32) else {
        return reply(TokenReply::Err(interrupted("the canister was upgraded")));
    };
    let random: Result<ByteBuf, _> = candid::decode_one(&ic_cdk::api::msg_arg_data());
    reply(match random {
        Ok(random) if random.len() == 32 => with_store(|store, call| {
            let call = crate::core::Call { caller, host: call.host };
            store.create_token(&call, &random)
        }),
        _ => TokenReply::Err(interrupted("raw_rand did not answer 32 bytes")),
    });
}

extern "C" fn on_reject(env: usize) {
    take(env as u32);
    reply(TokenReply::Err(interrupted(&ic_cdk::api::msg_reject_msg())));
}

extern "C" fn on_cleanup(env: usize) {
    take(env as u32);
}
