import ipaddr from 'ipaddr.js'

/**
 * An address as it is counted: of IPv6 the network of 64 bits, all of whose
 * addresses one person has.
 */
export function networkOf(address = ''): string {
  if (!ipaddr.isValid(address)) return address
  const found = ipaddr.process(address)
  if (found.kind() === 'ipv4') return found.toString()
  return found.toNormalizedString().split(':').slice(0, 4).join(':')
}
