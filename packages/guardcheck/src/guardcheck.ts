export {
  type Authority,
  type Granted,
  openAuthority,
} from './authority.ts'
export type { Person, Trace } from './browser.ts'
export { catalogue } from './catalogue.ts'
export { createCertificate } from './certificate.ts'
export { type CheckOptions, type Choice, check } from './check.ts'
export { type Client, clients, type Prediction, predict } from './clients.ts'
export { type Dialect, initializeMessage } from './dialect.ts'
export type { Grant, Keys } from './keys.ts'
export { type Language, languages, readLanguage } from './language.ts'
export { openLiar } from './liar.ts'
export { type LieName, lies } from './lies.ts'
export {
  canary,
  type StartedProcess,
  type StartOptions,
  type StartOutcome,
  startProcess,
} from './process.ts'
export {
  expect,
  NotApplicable,
  type Property,
  type Step,
  type Text,
  Violation,
} from './property.ts'
export { createRedactor } from './redact.ts'
export {
  type Format,
  formats,
  writeReport,
} from './report.ts'
export type { ReportOptions } from './reports/options.ts'
export { judge, judgeAll, type Report, type Result } from './runner.ts'
export {
  createSubject,
  type Documents,
  type Effect,
  type Evidence,
  type SignInHold,
  type Subject,
  type SubjectOptions,
  type Upstream,
} from './subject.ts'
export { type Exchange, sendBytes, sendRequest } from './wire.ts'
