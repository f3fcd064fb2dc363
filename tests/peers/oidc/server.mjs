// An OpenID provider for tests: `oidc-provider`, with switches for what a broken or hostile one does.
//
// node server.mjs PORT. `POST /ctl` changes the state and returns it:
//   user      who signs in, unless the request has a `login_hint`
//   claims    { user: claims }
//   callback  the registered address to send people back to
//   mode      how the next ID tokens are wrong (see `wrongs`)
//   disco     members to change in the discovery document
//   jwks      how the set of keys is wrong: many, large, private, redirect, slow
//   rotate    true: a new key, and the old ones stay; "hard": the first old one goes

import http from 'node:http'
import { SignJWT, UnsecuredJWT, decodeJwt, exportJWK, generateKeyPair, importJWK } from 'jose'
import { Provider } from 'oidc-provider'

const port = Number(process.argv[2])
const issuer = `http://127.0.0.1:${port}`
const secret = `s3cret-${'x'.repeat(32)}`

const state = {
  user: 'alice',
  callback: 'http://127.0.0.1:9/sign-in/oidc/callback',
  mode: '',
  disco: {},
  jwks: '',
  fetches: 0,
  claims: {
    alice: { email: 'alice@example.test', email_verified: true, name: 'Alice', groups: ['eng'] },
  },
}

async function newKey(kid, alg) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' }
}

let keys = [await newKey('k1', 'RS256'), await newKey('e1', 'ES256')]
let made = 1
const evil = await newKey('k1', 'RS256')

function client(id, method, more) {
  return {
    client_id: id,
    redirect_uris: [state.callback],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: method,
    ...(method === 'none' ? {} : { client_secret: secret }),
    ...more,
  }
}

/** Each changes the claims of an ID token, or returns another key to sign it with. */
const now = () => Math.floor(Date.now() / 1000)
const wrongs = {
  iss: (c) => void (c.iss = 'https://evil.test'),
  iss_slash: (c) => void (c.iss += '/'),
  nonce: (c) => void (c.nonce = 'other'),
  nononce: (c) => void delete c.nonce,
  aud: (c) => void (c.aud = 'someone-else'),
  noaud: (c) => void delete c.aud,
  auds: (c) => void Object.assign(c, { aud: [c.aud, 'someone-else'], azp: c.aud }),
  auds_no_azp: (c) => void (c.aud = [c.aud, 'trusted']),
  auds_trusted: (c) => void Object.assign(c, { aud: [c.aud, 'trusted'], azp: c.aud }),
  azp: (c) => void (c.azp = 'someone-else'),
  at_hash: (c) => void (c.at_hash = 'AAAAAAAAAAAAAAAAAAAAAA'),
  expired: (c) => void Object.assign(c, { iat: now() - 7200, exp: now() - 3600 }),
  old: (c) => void (c.iat = now() - 7200),
  future: (c) => void (c.iat = now() + 3600),
  badsig: () => evil,
  unknownkid: () => ({ ...evil, kid: 'zz' }),
  none: () => 'none',
  hs256: () => 'hs256',
  lean: (c) => ['email', 'email_verified', 'groups', 'name'].forEach((name) => delete c[name]),
  lean_other: (c) => wrongs.lean(c),
}

async function signed(token) {
  const claims = decodeJwt(token)
  const key = wrongs[state.mode]?.(claims) ?? keys[0]
  if (key === 'none') return new UnsecuredJWT(claims).encode()
  if (key === 'hs256') {
    return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret))
  }
  const header = { alg: 'RS256', kid: key.kid }
  return new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(key, 'RS256'))
}

async function publish(ctx) {
  state.fetches += 1
  const set = ctx.body
  if (state.jwks === 'many') {
    ctx.body = { keys: Array.from({ length: 10_000 }, () => ({ kty: 'RSA' })) }
  }
  if (state.jwks === 'large') ctx.body = { ...set, padding: 'x'.repeat(5_000_000) }
  if (state.jwks === 'private') ctx.body = { keys }
  if (state.jwks === 'redirect') ctx.redirect('http://169.254.169.254/latest/meta-data')
  if (state.jwks === 'slow') await new Promise((resolve) => setTimeout(resolve, 30_000))
}

let handle

async function build() {
  const provider = new Provider(issuer, {
    jwks: { keys },
    cookies: { keys: ['test'] },
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    clients: [
      client('basic', 'client_secret_basic'),
      client('post', 'client_secret_post'),
      client('public', 'none'),
      client('es', 'client_secret_basic', { id_token_signed_response_alg: 'ES256' }),
    ],
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    scopes: ['openid', 'email', 'profile', 'groups'],
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name'],
      groups: ['groups', 'realm'],
    },
    findAccount: (_, sub) =>
      state.claims[sub] && { accountId: sub, claims: () => ({ sub, ...state.claims[sub] }) },
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client.clientId,
        accountId: oidc.session.accountId,
      })
      grant.addOIDCScope('openid email profile groups')
      await grant.save()
      return grant
    },
  })
  provider.use(async (ctx, next) => {
    await next()
    if (ctx.path === '/.well-known/openid-configuration') ctx.body = { ...ctx.body, ...state.disco }
    if (ctx.path === '/jwks') await publish(ctx)
    if (ctx.path === '/me' && state.mode === 'lean_other') ctx.body = { ...ctx.body, sub: 'somebody' }
    if (ctx.path === '/token' && ctx.body?.id_token && state.mode) {
      ctx.body = { ...ctx.body, id_token: await signed(ctx.body.id_token) }
    }
  })
  const answer = provider.callback()
  handle = async (request, response) => {
    if (request.url.startsWith('/interaction/')) {
      const { params } = await provider.interactionDetails(request, response)
      const login = { accountId: params.login_hint || state.user }
      return provider.interactionFinished(request, response, { login })
    }
    if (request.url !== '/ctl') return answer(request, response)
    let body = ''
    for await (const part of request) body += part
    const { rotate, claims, ...changes } = JSON.parse(body)
    Object.assign(state, changes)
    Object.assign(state.claims, claims)
    if (rotate) {
      made += 1
      const key = await newKey(`k${made}`, 'RS256')
      keys = rotate === 'hard' ? [key, keys.at(-1)] : [key, ...keys]
    }
    if (rotate || changes.callback) await build()
    response.end(JSON.stringify(state))
  }
}

await build()
http
  .createServer((request, response) =>
    Promise.resolve(handle(request, response)).catch((error) => {
      response.statusCode = 500
      response.end(String(error))
    }),
  )
  .listen(port, '127.0.0.1', () => console.log('ready'))
