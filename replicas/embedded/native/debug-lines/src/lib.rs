//! Reads the source lines of a module from its debug information.
//!
//! The caller writes its input to memory of `allocate`, calls a function, and reads the result at `result_pointer`.

mod lines;
mod sections;

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

/// The result is the table of `lines::LineTable::encode`, or with status 1 the reason why there is none. The input is a valid module.
///
/// # Safety
/// `input` is the latest buffer of `allocate`, and `size` is its size.
#[no_mangle]
pub unsafe extern "C" fn lines(input: *mut u8, size: usize) -> u32 {
    let module = take(input, size);
    let (status, bytes) = match lines::read(&sections::custom_sections(&module)) {
        Ok(table) => (OK, table.encode()),
        Err(error) => (ERROR, error.to_string().into_bytes()),
    };
    RESULT.replace(bytes);
    status
}

#[no_mangle]
pub extern "C" fn result_pointer() -> *const u8 {
    RESULT.with_borrow(|result| result.as_ptr())
}

#[no_mangle]
pub extern "C" fn result_size() -> usize {
    RESULT.with_borrow(Vec::len)
}
