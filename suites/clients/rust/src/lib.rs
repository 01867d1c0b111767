//! What the runner of the tests passes in the environment.

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run the tests with npm run test:clients"))
}

fn file(name: &str) -> Vec<u8> {
    let path = variable(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// URL of `serve`.
pub fn rest_url() -> String {
    variable("REST_URL")
}

/// URL of `serve --live`.
pub fn live_url() -> String {
    variable("LIVE_URL")
}

/// A module with the methods `inc`, `get`, `now`, `say`, `refuse`, and `fail`.
pub fn counter_wasm() -> Vec<u8> {
    file("COUNTER_WASM")
}

/// A module with orthogonal persistence.
pub fn motoko_wasm() -> Vec<u8> {
    file("MOTOKO_WASM")
}

/// A module whose method `forward` makes the call that its argument describes.
pub fn outcall_wasm() -> Vec<u8> {
    file("OUTCALL_WASM")
}

/// The argument of `forward` for an HTTP outcall.
pub fn outcall_argument() -> Vec<u8> {
    file("OUTCALL_ARGUMENT")
}
