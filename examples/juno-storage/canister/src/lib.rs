//! A Juno satellite without hooks: the methods of `junobuild-satellite`.
use junobuild_satellite::include_satellite;

include_satellite!();
