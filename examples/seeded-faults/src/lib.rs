//! Seeded faults of an example canister: defects chosen by name at install time, for a test suite to find.
//!
//! Only a build with the feature `enabled` contains them. In a correct build [`has`] is a constant `false`, the
//! compiler removes the code that it guards, and [`choose`] ignores its arguments.

/// Returns whether this fault is switched on.
#[cfg(not(feature = "enabled"))]
#[inline(always)]
pub const fn has(_name: &str) -> bool {
    false
}

/// Does nothing.
///
/// # Errors
/// None.
#[cfg(not(feature = "enabled"))]
pub fn choose(_names: Vec<String>, _known: &[&str]) -> Result<(), String> {
    Ok(())
}

#[cfg(feature = "enabled")]
mod chosen {
    use std::cell::RefCell;

    thread_local! {
        static CHOSEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    /// Returns whether this fault is switched on.
    pub fn has(name: &str) -> bool {
        CHOSEN.with_borrow(|chosen| chosen.iter().any(|one| one == name))
    }

    /// Switches on exactly the faults with these names.
    ///
    /// # Errors
    /// A name is not in `known`. The text lists the known names.
    pub fn choose(names: Vec<String>, known: &[&str]) -> Result<(), String> {
        if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(format!("there is no fault {name}; there are: {}", known.join(", ")));
        }
        CHOSEN.set(names);
        Ok(())
    }
}
#[cfg(feature = "enabled")]
pub use chosen::{choose, has};
