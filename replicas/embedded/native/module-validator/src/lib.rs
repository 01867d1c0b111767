//! Validates the modules of canisters with the library that the network's compiler uses. Its verdicts and the texts of its errors are
//! therefore the network's. The same holds for demangling and for the texts about damaged compressed modules.
//!
//! The caller writes its input to memory of `allocate`, calls a function, and reads the result at `result_pointer`.

mod names;
mod validate;

use no_std_io2::io::Read;
use std::cell::RefCell;

thread_local! {
    static RESULT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

const OK: u32 = 0;
const ERROR: u32 = 1;

/// Returns a buffer that the next call reads and frees.
#[no_mangle]
pub extern "C" fn allocate(size: usize) -> *mut u8 {
    Box::into_raw(vec![0u8; size].into_boxed_slice()).cast()
}

/// # Safety
/// `input` is the latest buffer of `allocate`, and `size` is its size.
unsafe fn take(input: *mut u8, size: usize) -> Box<[u8]> {
    Box::from_raw(std::ptr::slice_from_raw_parts_mut(input, size))
}

/// Returns the kind of the first violation, see `Violation`, or 0. The result is its text.
///
/// # Safety
/// `input` is the latest buffer of `allocate`, and `size` is its size.
#[no_mangle]
pub unsafe extern "C" fn validate(input: *mut u8, size: usize, code_bytes_max: u32) -> u32 {
    let module = take(input, size);
    let (status, text) = match validate::validate(&module, code_bytes_max) {
        Ok(()) => (OK, String::new()),
        Err(violation) => violation.into_parts(),
    };
    RESULT.replace(text.into_bytes());
    status
}

/// The result is the demangled name of a Rust function, or the name itself, if it is no mangled name of Rust.
///
/// # Safety
/// `input` is the latest buffer of `allocate`, and `size` is its size.
#[no_mangle]
pub unsafe extern "C" fn demangle(input: *mut u8, size: usize) -> u32 {
    let name = take(input, size);
    let demangled = std::str::from_utf8(&name)
        .ok()
        .and_then(|text| rustc_demangle::try_demangle(text).ok().map(|plain| format!("{plain:#}")));
    RESULT.replace(demangled.map_or_else(|| name.into_vec(), String::into_bytes));
    OK
}

/// Unpacks the first member of a gzip stream, up to `limit` bytes. The result is the content, or with status 1 the text of the error.
///
/// # Safety
/// `input` is the latest buffer of `allocate`, and `size` is its size.
#[no_mangle]
pub unsafe extern "C" fn unpack(input: *mut u8, size: usize, limit: u32) -> u32 {
    let packed = take(input, size);
    let mut plain = Vec::new();
    let outcome = libflate::gzip::Decoder::new(&packed[..])
        .and_then(|decoder| decoder.take(u64::from(limit)).read_to_end(&mut plain));
    let (status, result) = match outcome {
        Ok(_) => (OK, plain),
        Err(error) => (ERROR, error.to_string().into_bytes()),
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
