/** The library: test an upload canister from code. `canister-upload-stress/vitest` adds it to a vitest run. */
export { defineTarget } from '../targets/define-target.js';
export { defineConfig, type UploadStressConfig } from '../campaigns/config/config.js';
export { runCampaign, type CampaignOptions } from './campaign.js';
export { replayCounterexample, runSchedule } from './replay.js';
export { referenceCanister } from './reference-canister.js';
export type { ModuleUnderTest } from './module-under-test.js';
export {
  listCorpus,
  loadCorpus,
  readCounterexample,
  readReport,
  readSchedule,
  saveCounterexample,
  writeCounterexample,
  writeReport,
  writeReports,
  writeSchedule,
} from './documents.js';
export { encodeCall, opt } from '../targets/candid-calls.js';
export { joinInterfaces } from '../targets/join-interfaces.js';
export { decodeHttpRead, encodeHttpRead } from '../targets/http-read.js';
export { uploadTarget } from '../targets/upload.js';
export { createEmbeddedReplica } from '../replicas/embedded/embedded-replica.js';
export { createPocketIcReplica } from '../replicas/pocketic/pocketic-replica.js';
export { describeSchedule } from '../harness/counterexamples/describe-schedule.js';
export { InputError } from '../harness/input-error.js';
export { ReplicaError } from '../replicas/replica.js';
export { PROFILES } from '../generators/profile.js';

export type { CampaignResult, Finding, Progress } from '../campaigns/campaign/campaign-result.js';
export type { CorpusEntry } from '../harness/counterexamples/corpus.js';
export type { Counterexample } from '../harness/counterexamples/counterexample.js';
export type { Replay, ReplayOutcome } from '../harness/counterexamples/replay.js';
export type { History, HistoryEvent } from '../harness/history/history.js';
export type { Verdict, Violation } from '../harness/evidence/verdict.js';
export type { Profile, ProfileName } from '../generators/profile.js';
export type {
  AssetKind,
  CallerIndex,
  ChunkData,
  FileRecipe,
  HashArgument,
  Limits,
  Operation,
  Schedule,
  Step,
  Via,
} from '../model/schedule.js';
export type { BenchReport } from '../reports/documents/bench-report.js';
export type { ReportDocument } from '../reports/documents/documents.js';
export type { GateReport } from '../reports/documents/gate-report.js';
export type { CoverageReport } from '../reports/documents/coverage-report.js';
export type { MutationReport } from '../reports/documents/mutation-report.js';
export type { MutantsReport } from '../reports/documents/mutants-report.js';
export type { RunReport } from '../reports/documents/run-report.js';
export type { ScalingReport } from '../reports/documents/scaling-report.js';
export type {
  Call,
  CanisterMetrics,
  Choice,
  CreateCanisterOptions,
  Execution,
  InstallRequest,
  LogRecord,
  MessageId,
  Outcome,
  PrincipalText,
  Reject,
  RejectCode,
  Replica,
  ReplicaInfo,
  Snapshot,
  Submission,
} from '../replicas/replica.js';
export type {
  AssetRequest,
  EncodedRequest,
  ErrorKind,
  HttpInterface,
  IndexRange,
  ReadResult,
  Request,
  Result,
  InitContext,
  RuleName,
  SessionState,
  StoredChunk,
  Target,
  UploadedFile,
} from '../targets/target.js';
export type { Promises } from '../targets/promises.js';
export type { Shape, ShapeInput } from '../targets/shape.js';
export type { AdapterDefinition, CandidDefinition, TargetDefinition } from '../targets/define-target.js';
export type { CallDefinition, CallDefinitions } from '../targets/candid-calls.js';
export type { CandidLibrary, CandidService, CandidType, IdlFactory } from '../targets/candid-library.js';
