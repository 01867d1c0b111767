//! The session core: plain Rust over two small traits. Bytes go to an `ic_stable_structures::Memory` (a read, a write and
//! a grow), time and log lines come and go through [`Host`]. Nothing here knows the Internet Computer's system calls.

pub mod asset_codec;
pub mod blobs;
pub mod blocks;
pub mod capsules;
pub mod cleanup;
pub mod codec;
mod faulty;
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

/// What the core asks of the outside.
pub trait Host {
    /// Nanoseconds since 1970, the same throughout a message.
    fn now(&self) -> u64;
    /// One line for the log.
    fn log(&self, line: &str);
}

/// Who calls, and in which surroundings.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub caller: Principal,
    pub host: &'a dyn Host,
}

impl Call<'_> {
    /// The time of this message.
    pub fn now(&self) -> u64 {
        self.host.now()
    }

    /// Logs one line.
    pub fn log(&self, line: &str) {
        self.host.log(line);
    }
}
