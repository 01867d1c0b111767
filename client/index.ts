/** The public interface of the upload client: the entry `canister-upload-stress/client`. */
export { connectAgent, type AgentConnectionOptions, type CallerIdentity } from './agent-connection.js';
export type { UploadedAsset } from './asset-upload.js';
export { DEFAULT_RETRY, type RetryPolicy } from './caller.js';
export { systemClock, type Clock } from './clock.js';
export { connect, ConnectError, discoverCanister, type ConnectOptions } from './connect.js';
export { CallFailure, type CallOptions, type CallReject, type UploadConnection } from './connection.js';
export { PARALLEL_DEFAULT, type UploadOptions } from './context.js';
export { DerivativeError, type DerivativeReason } from './derivative-error.js';
export {
  processImageDerivativesPure,
  readImageFacts,
  type Derivative,
  type ImageDerivatives,
  type ImageInput,
  type PlaceholderDerivative,
} from './derivatives.js';
export type { FinalizedMemory, FourAssets } from './finalize.js';
export { FlowError } from './flow-error.js';
export {
  finalizeAllAssets,
  processImageDerivativesToICP,
  uploadOriginalToICP,
  uploadToICPWithProcessing,
  type UploadedDerivatives,
  type UploadedPicture,
  type UploadInput,
} from './flow.js';
export { developmentIdentity, IdentityError, identityFromPem, loadIdentity } from './identity.js';
export type { ImageFacts } from './image-facts.js';
export {
  formatProgress,
  type Lane,
  type LanePhase,
  type LaneProgress,
  type ProgressListener,
} from './progress.js';
export type * from './types.js';
export {
  UploadError,
  type UploadFailure,
  type UploadFailureReason,
  type UploadStep,
} from './upload-error.js';
export { uploadFiles, uploadFilesOver, type FileOutcome, type UploadFilesOptions } from './upload-files.js';
