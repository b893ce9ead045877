export { elsewhere, type Issuer, redirectUri, startIssuer } from './issuer.ts'
export {
  createPair,
  createPems,
  openPair,
  type Pair,
  sharedPair,
} from './pair.ts'
export { installPeers, peersFolder } from './peers.ts'
export { findPort } from './port.ts'
export { proxies, runProxy, startProxy, whyNoProxy } from './proxy.ts'
export {
  NotStarted,
  nextFolder,
  runTs,
  startServer,
  stepFolder,
} from './step.ts'
export { type StartedSubject, startSubject } from './subject.ts'
export {
  createKeys,
  createSecret,
  findKeyCommand,
  type KeyCommand,
  openKeyCommand,
  readSecrets,
  scopes,
} from './tokens.ts'
export { startTrusting, type TrustingSubject } from './trusting.ts'
export { type Defer, openFolder, openWhole } from './whole.ts'
