/** What every command is given besides its options. */
export interface CommandContext {
  /** Version of this package. */
  readonly version: string;
}
