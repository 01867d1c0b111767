//! The checks in the network's order: the sections up to the code, the module as WebAssembly, then the sections that tools read.

use crate::names::check_custom_sections;
use wasmparser::{BinaryReaderError, Encoding, Parser, Payload, ValidPayload, Validator, WasmFeatures};

/// A reason to refuse a module.
pub enum Violation {
    /// The sections do not follow one another properly.
    Malformed(String),
    /// The size of the code section in bytes exceeds the limit.
    CodeTooLarge(u32),
    /// The module is not valid as WebAssembly.
    Invalid(String),
    /// A section for tools makes the compiler of the network fail without a text.
    Fatal,
}

impl Violation {
    /// The kind as a number, and the text.
    pub fn into_parts(self) -> (u32, String) {
        match self {
            Violation::Malformed(text) => (1, text),
            Violation::CodeTooLarge(size) => (2, size.to_string()),
            Violation::Invalid(text) => (3, text),
            Violation::Fatal => (4, String::new()),
        }
    }
}

/// WebAssembly 2.0 with tail calls and 64-bit memories. There are no threads, exceptions, or several memories, and no relaxed SIMD.
const FEATURES: WasmFeatures = WasmFeatures::WASM2
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::MEMORY64)
    .union(WasmFeatures::GC_TYPES);

pub fn validate(module: &[u8], code_bytes_max: u32) -> Result<(), Violation> {
    check_sections_up_to_code(module, code_bytes_max)?;
    check_as_wasm(module).map_err(|error| Violation::Invalid(error.to_string()))?;
    check_custom_sections(module)
}

/// Reads the sections up to the code and checks its size.
fn check_sections_up_to_code(module: &[u8], code_bytes_max: u32) -> Result<(), Violation> {
    for payload in Parser::new(0).parse_all(module) {
        match payload {
            Err(error) => return Err(Violation::Malformed(format!("Error finding code section: {error}"))),
            Ok(Payload::CodeSectionStart { size, .. }) if size > code_bytes_max => {
                return Err(Violation::CodeTooLarge(size))
            }
            Ok(Payload::CodeSectionStart { .. }) => return Ok(()),
            // The reader of components is not part of this module. `check_as_wasm` refuses them.
            Ok(Payload::Version { encoding: Encoding::Component, .. }) => return Ok(()),
            Ok(_) => {}
        }
    }
    Ok(())
}

/// Checks all sections, then all functions.
fn check_as_wasm(module: &[u8]) -> Result<(), BinaryReaderError> {
    let mut validator = Validator::new_with_features(FEATURES);
    let mut functions = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        if let ValidPayload::Func(function, body) = validator.payload(&payload?)? {
            functions.push((function, body));
        }
    }
    let mut allocations = Default::default();
    for (function, body) in functions {
        let mut validator = function.into_validator(allocations);
        validator.validate(&body)?;
        allocations = validator.into_allocations();
    }
    Ok(())
}
