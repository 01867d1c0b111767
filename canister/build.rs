//! Writes the Candid interface that is embedded in the wasm: `upload.did`, and with the feature `faults` one more
//! init field.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo:rerun-if-changed=upload.did");
    let mut did = fs::read_to_string("upload.did").expect("upload.did is beside Cargo.toml");
    if env::var_os("CARGO_FEATURE_FAULTS").is_some() {
        let start = "type InitArg = record {\n";
        assert!(did.contains(start), "upload.did declares InitArg");
        did = did.replace(start, &format!("{start}  fault : opt text;                 // name of a seeded fault\n"));
    }
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("service.did"), did).expect("OUT_DIR is writable");
}
