// Step 3 on the next SDK, by all that step 3 is held to, on both wires. Each
// lane has a server of its own, so that they are judged side by side.

import { nextFolder } from '@guard-up/lab'
import { describe } from 'vitest'
import { healthSilent } from '../../../guardcheck/src/families/operation/health-silent.ts'
import { jwksAbuse } from '../../../guardcheck/src/families/resource/trust/jwks-abuse.ts'
import { jwksRotation } from '../../../guardcheck/src/families/resource/trust/jwks-rotation.ts'
import { secret } from '../../../guardcheck/src/families/secret/index.ts'
import { tls } from '../../../guardcheck/src/families/tls/index.ts'
import { slowClientCut } from '../../../guardcheck/src/families/transport/edge/slow-client-cut.ts'
import {
  statelessDialect,
  usualDialect,
} from '../../../guardcheck/src/probe/dialect.ts'
import type { Property } from '../../../guardcheck/src/property.ts'
import { describeStep } from '../step.ts'

/**
 * What is decided before a message of MCP is read, and takes its time: the
 * certificate, the start, who is slow, and what the issuer publishes.
 */
const early = [
  ...tls,
  ...secret,
  slowClientCut,
  jwksRotation,
  jwksAbuse,
  healthSilent,
]
const isEarly = (property: Property) => early.includes(property)
const isLate = (property: Property) => !isEarly(property)

const folder = nextFolder

describe.concurrent('step-3-next', () => {
  describeStep(3, { name: 'before any wire', folder, asks: isEarly })
  for (const dialect of [usualDialect, statelessDialect]) {
    const name = `by ${dialect.revision}`
    describeStep(3, { name, folder, dialect, asks: isLate })
  }
})
