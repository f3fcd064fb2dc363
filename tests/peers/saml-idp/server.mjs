// A SAML identity provider for tests: `saml-idp`, which has a page where people sign in, signs the response and the
// assertion, and signs people out. It is another implementation than that of the folder `saml`.
//
// node server.mjs PORT FOLDER. The folder has the service's metadata in `service.xml`; the keys are made there. The
// addresses are the package's own: `/metadata`, `/saml/sso`, `/saml/slo`, `/signout`, and `POST /settings`, which
// changes its options (such as `audience`, `lifetimeInSeconds` and `key`).

import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { join } from 'node:path'

const [, , port, folder] = process.argv

// The package prints every message.
console.log = () => {}

function makeKey(name) {
  const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)]
  const kind = ['-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', `/CN=${name}`]
  execFileSync('openssl', ['req', '-x509', ...kind, ...files], { stdio: 'ignore' })
}

/** An attribute of the page where people sign in, and of the assertion. */
const attribute = (id, displayName, multiValue = false) => ({ id, optional: true, displayName, multiValue })

makeKey('idp')
makeKey('evil')
const metadata = readFileSync(join(folder, 'service.xml'), 'utf8')
const found = (pattern) => pattern.exec(metadata)?.[1]
const pem = found(/use="encryption"[^]*?X509Certificate>([^<]+)</)?.replace(/\s/g, '')
const certificate = `-----BEGIN CERTIFICATE-----\n${pem?.match(/.{1,64}/g)?.join('\n')}\n-----END CERTIFICATE-----\n`

createRequire(import.meta.url)('saml-idp').runServer({
  host: '127.0.0.1',
  port: Number(port),
  issuer: 'urn:test:saml-idp',
  cert: join(folder, 'idp.pem'),
  key: join(folder, 'idp.key'),
  audience: found(/entityID="([^"]+)"/),
  acsUrl: found(/AssertionConsumerService[^>]*Location="([^"]+)"/),
  sloUrl: found(/SingleLogoutService[^>]*Location="([^"]+)"/),
  encryptionCert: certificate,
  encryptionPublicKey: new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'pem' }),
  config: {
    user: {
      userName: 'alice@example.test',
      nameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
      email: 'alice@example.test',
      displayName: 'Alice',
      groups: 'eng,ops',
    },
    metadata: [attribute('email', 'Email'), attribute('displayName', 'Name'), attribute('groups', 'Groups', true)],
  },
})

const listens = () =>
  new Promise((resolve) => {
    const one = connect(Number(port), '127.0.0.1', () => resolve(true))
    one.once('error', () => resolve(false)).once('connect', () => one.destroy())
  })
while (!(await listens())) await new Promise((resolve) => setTimeout(resolve, 50))
process.stdout.write('ready\n')
