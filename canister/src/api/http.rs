//! The methods that the HTTP gateway calls.

use super::finish_calls::{go_on, Form};
use super::http_reply::reply_http;
use super::http_wire::{plain_request, GeneralRequest};
use super::lifecycle::keep_timer;
use super::reply::{decode_one, encode_done, refuse, ArgumentPart};
use super::token_calls::call_raw_rand;
use super::with_store;
use crate::core::finish::Finish;
use crate::core::http::{answer_query, Headers, Outcome, Request};
use crate::core::types::Error;
use ic_cdk::{query, update};

/// `with_request` reads the argument from the message.
#[query(manual_reply = true)]
fn http_request() {
    reply_http(&with_request(|request| answer_query(request.method, request.url)));
}

#[update(manual_reply = true)]
fn http_request_update() {
    keep_timer();
    match with_request(|request| with_store(|store, call| store.answer_update(call, request))) {
        Outcome::Reply(response) => reply_http(&response),
        Outcome::Hashing { id, ticket } => go_on(Form::Http, id, Ok(Finish::Hashing { ticket })),
    }
}

#[update(manual_reply = true)]
fn http_token_create() {
    call_raw_rand();
}

#[update(decode_with = "decode_one", encode_with = "encode_done")]
fn http_token_revoke(token: String) -> Result<(), Error> {
    with_store(|store, call| store.revoke_token(call, &token))
}

/// Decodes the request of this message without copying its body, and passes it to `use_it`.
fn with_request<R>(use_it: impl FnOnce(&Request<'_>) -> R) -> R {
    let size = ic0::msg_arg_data_size();
    if let Some(plain) = plain_request(&ArgumentPart { start: 0, len: size }) {
        let body = ArgumentPart { start: plain.body_at as usize, len: plain.body_len as usize };
        let (method, url) = (&plain.method, &plain.url);
        return use_it(&Request { method, url, headers: plain.headers, body: &body });
    }
    let message = ic_cdk::api::msg_arg_data();
    let general: GeneralRequest = candid::decode_one(&message).unwrap_or_else(|e| refuse(&e));
    let mut headers = Headers::default();
    general.headers.iter().for_each(|(name, value)| headers.add(name, value));
    use_it(&Request { method: &general.method, url: &general.url, headers, body: &general.body.as_slice() })
}
