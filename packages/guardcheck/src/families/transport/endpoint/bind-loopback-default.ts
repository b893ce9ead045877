import { listExposed } from '../../../process/listeners.ts'
import { expect, NotApplicable, type Property } from '../../../property.ts'
import { transports } from '../../sources.ts'

export const bindLoopbackDefault: Property = {
  id: 'transport/bind-loopback-default',
  claim: {
    en: 'started as it comes, the server listens on loopback only, and a wider HOST alone does not start it',
    ja: '既定の設定で起動したサーバーはループバックだけで待ち受け、HOSTを広げただけでは起動しない',
  },
  source: [transports('security-warning')],
  owasp: ['MCP07', 'MCP09'],
  level: 'should',
  since: 0,
  needs: ['process'],
  advice: {
    en: 'Pass the address: `listen(port, "127.0.0.1")`. Without one, Node listens on every interface; let a wider address start only with what must stand before it.',
    ja: '`listen(port, "127.0.0.1")`のようにアドレスを渡します。省略するとNodeは全インターフェースで待ち受けます。広いアドレスでは、前段に必要なものが揃ったときだけ起動させます。',
  },
  async check({ url, process: started, intrusive }) {
    if (!started) return
    const [exposed] = await listExposed(started.pid, url)
    expect(!exposed, `It listens on ${exposed}, which others can reach.`)
    // The one who asked for it owns the machine that would be exposed.
    if (!intrusive) return
    const wide = { HOST: '0.0.0.0', PORT: '0' }
    const outcome = await started.again(wide).catch((error: Error) => {
      throw new NotApplicable(
        `With HOST=0.0.0.0 it neither listened nor ended: ${error.message}`,
      )
    })
    if (!('started' in outcome)) {
      expect(outcome.exitCode !== 0, 'With HOST=0.0.0.0 it ended with 0.')
      return
    }
    const { pid, url: secondUrl, stop } = outcome.started
    const [second] = await listExposed(pid, secondUrl).finally(stop)
    expect(!second, `HOST=0.0.0.0 alone made it listen on ${second}.`)
  },
}
