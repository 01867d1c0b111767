//! The canister without the Internet Computer: plain Rust over two small traits. An `ic_stable_structures::Memory` stores
//! the bytes, and a [`Host`] provides the time and the log. No code in this module makes system calls.

pub mod asset_codec;
pub mod blobs;
pub mod blocks;
pub mod capsules;
pub mod cleanup;
pub mod codec;
pub mod file;
pub mod finish;
pub mod hash;
pub mod header;
pub mod http;
pub mod layout;
pub mod memories;
pub mod metadata;
pub mod put;
pub mod report;
pub mod session;
pub mod slots;
pub mod source;
pub mod store;
pub mod types;
pub mod uploads;

#[cfg(test)]
mod tests;

use candid::Principal;

/// The environment of the core.
pub trait Host {
    /// Returns the time in nanoseconds since 1970. It is constant during a message.
    fn now(&self) -> u64;
    /// Logs one line.
    fn log(&self, line: &str);
}

/// The caller of a message, and its environment.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub caller: Principal,
    pub host: &'a dyn Host,
}

impl Call<'_> {
    /// Returns the time of this message in nanoseconds since 1970.
    pub fn now(&self) -> u64 {
        self.host.now()
    }

    /// Logs one line.
    pub fn log(&self, line: &str) {
        self.host.log(line);
    }
}
