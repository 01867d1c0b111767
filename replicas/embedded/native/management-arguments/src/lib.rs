//! Decodes the Candid arguments of the management canister's methods with the library that the network uses. Its verdicts and the texts
//! of its errors are therefore the network's.
//!
//! The caller writes its input to memory of `allocate`, calls `decode`, and reads the result at `result_pointer`.

mod arguments;
mod bounded;
mod decode;
mod snapshot_id;

use std::cell::RefCell;

thread_local! {
    static RESULT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

const OK: u32 = 0;
const ERROR: u32 = 1;
const UNKNOWN_METHOD: u32 = 2;

/// Returns a buffer that the next call of `decode` reads and frees.
#[no_mangle]
pub extern "C" fn allocate(size: usize) -> *mut u8 {
    Box::into_raw(vec![0u8; size].into_boxed_slice()).cast()
}

/// The input is the name of the method, followed by its argument. The result is the canonical encoding of the argument or, with status 1,
/// the text of the error.
///
/// # Safety
/// `input` is the latest buffer of `allocate`, and `size` is its size.
#[no_mangle]
pub unsafe extern "C" fn decode(input: *mut u8, size: usize, method_size: usize) -> u32 {
    let input = Box::from_raw(std::ptr::slice_from_raw_parts_mut(input, size));
    let (method, argument) = split(&input, method_size);
    finish(decode::decode(method, argument))
}

/// Like `decode`, for finding the subnet of a call.
///
/// # Safety
/// As `decode`.
#[no_mangle]
pub unsafe extern "C" fn decode_to_route(input: *mut u8, size: usize, method_size: usize) -> u32 {
    let input = Box::from_raw(std::ptr::slice_from_raw_parts_mut(input, size));
    let (method, argument) = split(&input, method_size);
    finish(Some(decode::decode_to_route(method, argument)))
}

fn split(input: &[u8], method_size: usize) -> (&str, &[u8]) {
    let (method, argument) = input.split_at(method_size);
    (std::str::from_utf8(method).unwrap_or(""), argument)
}

fn finish(decoded: Option<decode::Decoded>) -> u32 {
    let (status, result) = match decoded {
        Some(Ok(bytes)) => (OK, bytes),
        Some(Err(text)) => (ERROR, text.into_bytes()),
        None => (UNKNOWN_METHOD, Vec::new()),
    };
    RESULT.replace(result);
    status
}

#[no_mangle]
pub extern "C" fn result_pointer() -> *const u8 {
    RESULT.with_borrow(|result| result.as_ptr())
}

#[no_mangle]
pub extern "C" fn result_size() -> usize {
    RESULT.with_borrow(|result| result.len())
}
