export { catalogue } from './catalogue.ts'
export { type CheckOptions, type Choice, check } from './judge/check.ts'
export { judge, judgeAll, type Report, type Result } from './judge/runner.ts'
export { type Language, languages, readLanguage } from './language.ts'
export { type LyingIssuer, openLiar } from './liar/issuer.ts'
export { type LieName, lies } from './liar/lies.ts'
export { createCertificate } from './probe/certificate.ts'
export { type Dialect, initializeMessage } from './probe/dialect.ts'
export type { Evidence } from './probe/evidence.ts'
export type { Grant, Keys } from './probe/keys.ts'
export type {
  Documents,
  Effect,
  SignInHold,
  SubjectOptions,
  Upstream,
} from './probe/options.ts'
export { createSubject, type Subject } from './probe/subject.ts'
export { createRedactor } from './probe/text/redact.ts'
export { type Exchange, sendBytes, sendRequest } from './probe/wire.ts'
export {
  canary,
  type StartedProcess,
  type StartOptions,
  type StartOutcome,
  startProcess,
} from './process/start.ts'
export {
  expect,
  NotApplicable,
  type Property,
  type Step,
  type Text,
  Violation,
} from './property.ts'
export type { ReportOptions } from './reports/options.ts'
export {
  type Client,
  clients,
  type Prediction,
  predict,
} from './reports/predictions.ts'
export {
  type Format,
  formats,
  writeReport,
} from './reports/report.ts'
export {
  type Authority,
  type Granted,
  openAuthority,
} from './sign-in/authority.ts'
export type { Person, Trace } from './sign-in/browser.ts'
