export { createPair, type Pair, sharedPair } from './pair.ts'
export { findPort } from './port.ts'
export { type Served, serve } from './serve.ts'
export {
  nextFolder,
  type StartedSubject,
  startSubject,
  stepFolder,
} from './subject.ts'
export { startTrusting, type TrustingSubject } from './trusting.ts'
