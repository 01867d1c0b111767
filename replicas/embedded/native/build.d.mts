/** Names of the crates in this folder. */
export function crateNames(): readonly string[];
/** One line for each part of the crate that differs from its manifest. */
export function checkCrate(name: string): readonly string[];
