import { ipKeyGenerator } from 'express-rate-limit'

/**
 * An address as it is counted: of IPv6 the network of 56 bits, since one
 * person has all addresses of it.
 */
export const networkOf = (address = ''): string => ipKeyGenerator(address)
