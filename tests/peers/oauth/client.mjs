// A foreign application: `openid-client`, which knows nothing about FlowMason but its address.
//
// node client.mjs ISSUER CONFIDENTIAL_ID SECRET PUBLIC_ID
//
// It goes through every flow. When a person is needed, it prints a line of JSON and waits for a line:
//   {"open": address}   a browser opens the address, and sends back where it was sent
//   {"enter": code}     a person enters the code of a device
// The last line is {"done": facts} or {"failed": why}.

import assert from 'node:assert/strict'
import { createInterface } from 'node:readline'
import * as client from 'openid-client'

const [issuer, confidentialId, secret, publicId] = process.argv.slice(2)
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)
const ask = async (question) => {
  say(question)
  return (await lines.next()).value
}

const redirect = 'http://127.0.0.1:49152/callback'
const options = { algorithm: 'oauth2', execute: [client.allowInsecureRequests] }
const discover = (id, authentication) =>
  client.discovery(new URL(issuer), id, undefined, authentication, options)

/** Code with PKCE. The library checks state and the issuer of the answer. */
async function code(config) {
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    scope: 'organization.read run.read',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  })
  const answer = new URL(await ask({ open: address.href }))
  assert.equal(answer.searchParams.get('iss'), issuer)
  const checks = { pkceCodeVerifier: verifier, expectedState: state }
  const tokens = await client.authorizationCodeGrant(config, answer, checks)
  assert.equal(tokens.token_type, 'bearer')
  assert.equal(tokens.scope, 'organization.read run.read')
  assert.equal(tokens.expires_in, 600)
  return { tokens, again: () => client.authorizationCodeGrant(config, answer, checks) }
}

async function viewer(tokens) {
  const response = await fetch(`${issuer}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens.access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ viewer { organization { name } permissions } }' }),
  })
  return (await response.json()).data?.viewer ?? null
}

async function main() {
  const basic = await discover(confidentialId, client.ClientSecretBasic(secret))
  const post = await discover(confidentialId, client.ClientSecretPost(secret))
  const native = await discover(publicId, client.None())
  const metadata = basic.serverMetadata()
  assert.equal(metadata.issuer, issuer)
  assert.deepEqual(metadata.code_challenge_methods_supported, ['S256'])
  assert.equal(metadata.authorization_response_iss_parameter_supported, true)
  const keys = await (await fetch(metadata.jwks_uri)).json()
  assert.ok(keys.keys.length > 0 && keys.keys.every((key) => key.alg === 'ES256' && !key.d))

  const replayed = await code(basic)
  await assert.rejects(replayed.again(), { error: 'invalid_grant' })
  assert.equal(await viewer(replayed.tokens), null)

  const { tokens: first } = await code(basic)
  const seen = await viewer(first)
  assert.deepEqual(seen.permissions, ['organization.read', 'run.read'])
  const second = await client.refreshTokenGrant(post, first.refresh_token)
  assert.notEqual(second.refresh_token, first.refresh_token)

  const active = await client.tokenIntrospection(basic, second.access_token)
  assert.equal(active.active, true)
  assert.equal(active.client_id, confidentialId)
  assert.equal((await client.tokenIntrospection(basic, second.refresh_token)).active, true)
  await client.tokenRevocation(basic, second.refresh_token)
  assert.equal((await client.tokenIntrospection(basic, second.access_token)).active, false)
  assert.equal(await viewer(second), null)

  const device = await client.initiateDeviceAuthorization(native, { scope: 'run.read' })
  assert.ok(device.verification_uri_complete.includes(device.user_code))
  await ask({ enter: device.user_code })
  const ofDevice = await client.pollDeviceAuthorizationGrant(native, device)
  assert.equal(ofDevice.scope, 'run.read')

  const program = await client.clientCredentialsGrant(basic, { scope: 'organization.read' })
  assert.equal(program.refresh_token, undefined)
  assert.deepEqual((await viewer(program)).permissions, ['organization.read'])

  const wrong = await discover(confidentialId, client.ClientSecretBasic(`${secret}x`))
  await assert.rejects(client.clientCredentialsGrant(wrong, {}), { status: 401 })
  say({ done: { organization: seen.organization.name } })
}

try {
  await main()
} catch (error) {
  say({ failed: `${error.stack ?? error} ${JSON.stringify(error.cause ?? {})}` })
}
process.exit()
