//! Seeded faults: one defect, chosen at install time, for a suite to find. In production none of this is compiled in:
//! `is` is constantly false there.

#[cfg(feature = "faults")]
mod seeded;
#[cfg(feature = "faults")]
pub use seeded::*;

/// A build without faults.
#[cfg(not(feature = "faults"))]
mod none {
    /// Whether this fault is switched on: never.
    #[macro_export]
    macro_rules! fault {
        ($name:ident) => {
            false
        };
    }
}

/// Whether this fault is switched on.
#[cfg(feature = "faults")]
#[macro_export]
macro_rules! fault {
    ($name:ident) => {
        $crate::fault::is($crate::fault::Fault::$name)
    };
}
