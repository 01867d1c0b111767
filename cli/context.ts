/** What every command receives besides its options. */
export interface CommandContext {
  /** Version of this package. */
  readonly version: string;
}
