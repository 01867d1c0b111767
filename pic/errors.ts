/** The errors that `@dfinity/pic` throws, with its names and texts. */

/** The server declined a request. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly serverMessage: string;

  constructor(serverMessage: string) {
    super(`PocketIC server error: ${serverMessage}`);
    this.serverMessage = serverMessage;
  }
}

/** A method was called after `tearDown`. */
export class InstanceDeletedError extends Error {
  override readonly name = 'InstanceDeletedError';

  constructor() {
    super(
      'This PocketIC instance has been torn down. Please create a new instance before interacting further with PocketIC.',
    );
  }
}

/** An instance needs a subnet. */
export class TopologyValidationError extends Error {
  override readonly name = 'TopologyValidationError';

  constructor() {
    super(
      'The provided subnet configuration is invalid. At least one subnet must be configured and the number of both application and system subnets must be at least 0 (non-negative).',
    );
  }
}
