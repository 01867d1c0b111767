//! Seeded faults. One or more defects are chosen by name at install time, for a test suite to find.
//!
//! Only a build with the feature `faults` contains them. In a production build [`is`] is a constant `false`, and the
//! compiler removes the code that it guards.
//!
//! The canister's own code meets the faults only at *seams*: the functions of [`seams`] and the methods of `Store` and
//! `Session` whose names begin with `seam_`. In a production build a seam that returns a value returns its first
//! argument, and a seam that returns nothing (or `Ok(())`, or `None`) does nothing. A reader of the canister can
//! therefore skip every seam.
//!
//! - `table.rs` lists the faults.
//! - `seams.rs` holds the seams over plain values.
//! - `put.rs`, `finish.rs`, `lifecycle.rs`, and `http.rs` hold the seams that read or write the canister's state.

mod finish;
mod http;
mod lifecycle;
mod put;
pub mod seams;
mod table;

pub use table::Fault;

/// Returns whether this fault is switched on.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub const fn is(_fault: Fault) -> bool {
    false
}

#[cfg(feature = "faults")]
mod chosen {
    use super::table::{Fault, TABLE};
    use std::cell::Cell;

    thread_local! {
        /// One bit per fault.
        static CHOSEN: Cell<u128> = const { Cell::new(0) };
    }

    /// Returns whether this fault is switched on.
    pub fn is(fault: Fault) -> bool {
        CHOSEN.get() & bit(fault) != 0
    }

    fn bit(fault: Fault) -> u128 {
        1 << fault as u32
    }

    /// Switches on the faults with these names, separated by commas, and all others off. An empty text switches all
    /// faults off. For an unknown name the error lists the known ones.
    pub fn choose(names: &str) -> Result<(), String> {
        let mut chosen = 0;
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let found = TABLE.iter().find(|(_, known, _)| *known == name);
            let Some((fault, _, _)) = found else {
                let known: Vec<&str> = TABLE.iter().map(|(_, known, _)| *known).collect();
                return Err(format!("there is no fault {name}; there are: {}", known.join(", ")));
            };
            chosen |= bit(*fault);
        }
        CHOSEN.set(chosen);
        Ok(())
    }

    /// Returns the text of `faults.json`: the name and description of every fault.
    pub fn to_json() -> String {
        let lines = TABLE.iter().map(|(_, name, text)| {
            format!("  {{ \"name\": \"{name}\", \"description\": \"{}\" }}", text.replace('"', "\\\""))
        });
        format!("[\n{}\n]\n", lines.collect::<Vec<_>>().join(",\n"))
    }
}
#[cfg(feature = "faults")]
pub use chosen::{choose, is, to_json};
