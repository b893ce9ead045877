import { bearer } from './families/bearer/index.ts'
import { issuer } from './families/issuer/index.ts'
import { operation } from './families/operation/index.ts'
import { resource } from './families/resource/index.ts'
import { rotation } from './families/rotation/index.ts'
import { secret } from './families/secret/index.ts'
import { session } from './families/session/index.ts'
import { tls } from './families/tls/index.ts'
import { transport } from './families/transport/index.ts'
import type { Property } from './property.ts'

/** All properties, family by family, in the order in which they are told. */
export const catalogue: readonly Property[] = [
  ...transport,
  ...bearer,
  ...secret,
  ...rotation,
  ...session,
  ...tls,
  ...resource,
  ...issuer,
  ...operation,
]
