//! Seeded faults: one defect, chosen by name at install time, for a suite to find.
//!
//! Only a build with the feature `faults` has any: elsewhere [`is`] is constantly false, and the compiler drops what it
//! guards. A fault is one line in `table.rs` and one `if fault::is(…)` at the place it corrupts; what takes more than a line
//! is in `core/faulty.rs`.

mod table;
pub use table::Fault;

/// Whether this fault is switched on.
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
        static CHOSEN: Cell<Option<Fault>> = const { Cell::new(None) };
    }

    /// Whether this fault is switched on.
    pub fn is(fault: Fault) -> bool {
        CHOSEN.get() == Some(fault)
    }

    /// Switches on the fault of this name, none for an empty one. Errs with the list of names for an unknown one.
    pub fn choose(name: &str) -> Result<(), String> {
        let found = TABLE.iter().find(|(_, known, _)| *known == name);
        if found.is_none() && !name.is_empty() {
            let names: Vec<&str> = TABLE.iter().map(|(_, known, _)| *known).collect();
            return Err(format!("there is no fault {name}; there are: {}", names.join(", ")));
        }
        CHOSEN.set(found.map(|(fault, _, _)| *fault));
        Ok(())
    }

    /// `faults.json`: name and description of every fault.
    pub fn to_json() -> String {
        let lines = TABLE.iter().map(|(_, name, text)| {
            format!("  {{ \"name\": \"{name}\", \"description\": \"{}\" }}", text.replace('"', "\\\""))
        });
        format!("[\n{}\n]\n", lines.collect::<Vec<_>>().join(",\n"))
    }
}
#[cfg(feature = "faults")]
pub use chosen::{choose, is, to_json};
