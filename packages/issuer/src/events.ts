import { createHash } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import { log } from './audit.ts'

/** Writes down what the library decided; never a code, token or secret. */
export function auditProvider(provider: Provider): void {
  const write =
    (event: string, result: string) =>
    (ctx: KoaContextWithOIDC, cause?: unknown) => {
      const error = cause instanceof Error ? cause : undefined
      const { error_description: why, error_detail: detail } = Object(error)
      const { AccessToken: token, Account } = ctx.oidc.entities
      log.info({
        event,
        result,
        client: ctx.oidc.client?.clientId ?? ctx.oidc.params?.client_id,
        person: token?.accountId ?? Account?.accountId,
        scopes: token?.scope?.split(' '),
        resource: token?.aud,
        token: token?.jti && fingerprintOf(token.jti),
        grantId: typeof cause === 'string' ? cause : token?.grantId,
        error: error?.message,
        why: detail ?? why,
        address: ctx.ip,
      })
    }
  provider.on('authorization.success', write('authorization', 'ok'))
  provider.on('authorization.error', write('authorization', 'refused'))
  provider.on('grant.success', write('token', 'issued'))
  provider.on('grant.error', write('token', 'refused'))
  provider.on('grant.revoked', write('grant', 'revoked'))
  provider.on('revocation.error', write('revocation', 'refused'))
  provider.on('introspection.error', write('introspection', 'refused'))
  provider.on('registration_create.success', write('registration', 'ok'))
  provider.on('registration_create.error', write('registration', 'refused'))
  provider.on('server_error', write('fault', 'failed'))
  // Without a listener the library would print stacks.
  ;(provider as EventEmitter).on('error', (error: Error) =>
    log.error({ event: 'fault', why: error.message }),
  )
}

const fingerprintOf = (id: string) =>
  createHash('sha256').update(id).digest('hex').slice(0, 12)
