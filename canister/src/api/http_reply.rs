//! Replies to the gateway.

use super::http_wire::{response_head, response_tail};
use super::with_store;
use crate::core::http::{Body, Response};

/// Sends a response. A stored body is read from stable memory piece by piece.
pub fn reply_http(response: &Response) {
    match &response.body {
        Body::Bytes(bytes) => {
            ic0::msg_reply_data_append(&response_head(bytes.len() as u64));
            ic0::msg_reply_data_append(bytes);
        }
        Body::Stored { file, start, len } => {
            ic0::msg_reply_data_append(&response_head(*len));
            with_store(|store, _| {
                store.blocks.read_pieces(file, *start, *len, |piece| {
                    ic0::msg_reply_data_append(piece);
                    true
                })
            });
        }
    }
    ic0::msg_reply_data_append(&response_tail(response));
    ic0::msg_reply();
}
