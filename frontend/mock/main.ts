// A mock server for viewing the dashboard: the committed schema, sample pipelines, and runs that stream. For
// development and for the browser tests that do not need the real program.
//   npm run mock -- [--listen 127.0.0.1:8080] [--data DIR] [--seed] [--open] [--delay MS]
// --seed adds sample runs; --open requires no sign-in.

import { randomBytes } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { parseArgs } from 'node:util'
import { type GraphQLError, buildSchema, graphql } from 'graphql'
import { makeServer } from 'graphql-ws'
import { WebSocketServer } from 'ws'
import { Store, Problem } from './store.ts'
import { readSource } from './language.ts'
import { resolvers, stageRuns } from './resolvers/index.ts'
import { assignedRole } from './resolvers/access.ts'
import { byToken } from './resolvers/people.ts'

const { values } = parseArgs({
  options: {
    listen: { type: 'string', default: '127.0.0.1:8080' },
    data: { type: 'string', default: join(tmpdir(), `flowmason-mock-${process.pid}`) },
    seed: { type: 'boolean', default: false },
    open: { type: 'boolean', default: false },
    delay: { type: 'string', default: '0' },
  },
})
const here = import.meta.dirname
const dist = join(here, '../apps/dashboard/dist')
const schema = buildSchema(readFileSync(join(here, '../../api/schema.graphql'), 'utf8'))
const store = new Store(values.data, values.seed)
const root = resolvers(store, { delayMs: Number(values.delay) })
const [host = '127.0.0.1', port = '8080'] = values.listen.split(':')

const session = (request: IncomingMessage) => /__Host-flowmason=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]
const isIn = (request: IncomingMessage) => values.open || store.data.sessions.includes(session(request) ?? '')

const types: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.html': 'text/html; charset=utf-8',
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, never>> {
  return JSON.parse((await bytesOf(request)).toString() || '{}') as Record<string, never>
}

function extensions(error: GraphQLError) {
  const original = error.originalError
  return {
    ...error.toJSON(),
    extensions: {
      ...(original instanceof Problem ? original.details : {}),
      code: original instanceof Problem ? original.code : 'INTERNAL',
      requestId: `req_${randomBytes(6).toString('hex')}`,
    },
  }
}

async function answer(request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? '/', 'http://localhost')
  if (request.method === 'POST' && url.pathname === '/graphql') {
    const { query, variables } = await bodyOf(request)
    if (!isIn(request)) {
      json(response, 401, { errors: [{ message: 'Sign in first.', extensions: { code: 'UNAUTHENTICATED' } }] })
      return
    }
    const result = await graphql({ schema, source: query ?? '', rootValue: root, variableValues: variables ?? {} })
    json(response, 200, { ...result, ...(result.errors ? { errors: result.errors.map(extensions) } : {}) })
    return
  }
  if (request.method === 'POST' && url.pathname.startsWith('/auth/')) {
    const body = await bodyOf(request)
    if (url.pathname === '/auth/sign-out') {
      store.data.sessions = store.data.sessions.filter((each) => each !== session(request))
      store.save()
      json(response, 200, {}, { 'set-cookie': '__Host-flowmason=; Path=/; Secure; HttpOnly; Max-Age=0' })
      return
    }
    if (url.pathname === '/auth/methods') {
      json(response, 200, { providers: [], signUp: false })
      return
    }
    if (url.pathname.startsWith('/auth/invitation')) {
      invited(url.pathname, request, response, body)
      return
    }
    const byLink = url.pathname === '/auth/link' && store.data.token !== null && body['token'] === store.data.token
    const { email, password } = store.data.user
    const byPassword =
      url.pathname === '/auth/password' && password !== null && body['email'] === email && body['password'] === password
    if (!byLink && !byPassword) {
      const [code, message] =
        url.pathname === '/auth/link'
          ? ['LINK_INVALID', 'The link was used already or is too old. Start the program again for a new one.']
          : ['SIGN_IN_FAILED', 'The email address or password is wrong.']
      json(response, 401, { error: { code, message } })
      return
    }
    if (byLink) store.data.token = null
    const id = randomBytes(18).toString('base64url')
    store.data.sessions.push(id)
    store.save()
    json(response, 200, {}, { 'set-cookie': `__Host-flowmason=${id}; Path=/; Secure; HttpOnly; SameSite=Lax` })
    return
  }
  if (request.method === 'POST' && url.pathname === '/uploads') {
    const bytes = await bytesOf(request)
    if (isIn(request)) json(response, 201, store.upload(url.searchParams.get('name') ?? 'upload', bytes))
    else json(response, 401, { error: { code: 'UNAUTHENTICATED', message: 'Sign in first.' } })
    return
  }
  const value = /^\/api\/runs\/([^/]+)\/(input|output)$/.exec(url.pathname)
  if (value) {
    if (!isIn(request)) {
      json(response, 401, { error: { code: 'UNAUTHENTICATED', message: 'Sign in first.' } })
      return
    }
    const [, id = '', part = ''] = value
    json(response, 200, valueOf(id, part, url.searchParams.get('stage')), {
      'content-disposition': `attachment; filename="${id}-${part}.json"`,
    })
    return
  }
  const path = normalize(url.pathname)
  const file = join(dist, path)
  if (path !== '/' && extname(path) && existsSync(file) && statSync(file).isFile()) {
    response.writeHead(200, {
      'content-type': types[extname(path)] ?? 'application/octet-stream',
      'x-content-type-options': 'nosniff',
    })
    createReadStream(file).pipe(response)
    return
  }
  if (path.startsWith('/assets/')) {
    json(response, 404, {})
    return
  }
  const nonce = randomBytes(16).toString('base64')
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
  })
  response.end(readFileSync(join(dist, 'index.html'), 'utf8').replaceAll('__NONCE__', nonce))
}

/** Shows or accepts an invitation. The mock has one user, so accepting it signs in as that user. */
function invited(path: string, request: IncomingMessage, response: ServerResponse, body: Record<string, unknown>) {
  const found = byToken(store.data.invitations, body['token'])
  if (!found) {
    const message = 'This invitation is no longer valid; ask the person who invited you for a new link'
    json(response, 404, { error: { code: 'NOT_FOUND', message } })
    return
  }
  if (path.endsWith('/preview')) {
    const { invitedBy, email, expiresAt } = found
    const { name: role } = assignedRole(found.role, found.customRoleId)
    const customRole = found.customRoleId != null
    const { organization } = store.data
    json(response, 200, { organization, role, customRole, invitedBy, email, expiresAt, newAccount: true })
    return
  }
  if (isIn(request)) {
    const message = 'You are already a member of this organization'
    json(response, 409, { error: { code: 'CONFLICT', message } })
    return
  }
  found.status = 'ACCEPTED'
  const id = randomBytes(18).toString('base64url')
  store.data.sessions.push(id)
  store.save()
  const cookie = `__Host-flowmason=${id}; Path=/; Secure; HttpOnly; SameSite=Lax`
  json(response, 200, { ok: true, organizationId: 'org_01k00000000000000000000000' }, { 'set-cookie': cookie })
}

/** The whole value, in the form of the server's download. */
function valueOf(id: string, part: string, stage: string | null): object {
  const run = store.run(id)
  const { events, finished } = store.stateOf(run)
  if (stage === null) return (part === 'input' ? run.input : (finished?.body['output'] ?? null)) as object
  const source = store.sourceOf(run)
  const own = stageRuns(id, events, readSource(source).stages).find((each) => each['address'] === stage)
  return (own?.['whole'] as Record<string, object> | undefined)?.[part] ?? {}
}

const server = createServer((request, response) => {
  answer(request, response).catch((reason: unknown) => {
    console.error(reason)
    json(response, 500, { errors: [{ message: String(reason), extensions: { code: 'INTERNAL' } }] })
  })
})

const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'graphql-transport-ws' })
const live = makeServer({ schema, roots: { subscription: root, query: root, mutation: root } as never })
server.on('upgrade', (request, socket, head) => {
  if (!request.url?.startsWith('/graphql/ws') || !isIn(request)) {
    socket.destroy()
    return
  }
  sockets.handleUpgrade(request, socket, head, (ws) => {
    const closed = live.opened(
      {
        protocol: ws.protocol,
        send: (data) => {
          if (ws.readyState === ws.OPEN) ws.send(data)
        },
        close: (code, reason) => ws.close(code, reason),
        onMessage: (callback) => {
          ws.on(
            'message',
            (message) => void callback(String(message)).catch((reason: unknown) => console.error(reason)),
          )
        },
      },
      {},
    )
    ws.once('close', (code, reason) => void closed(code, String(reason)))
  })
})
server.listen(Number(port), host, () => {
  console.log(`FlowMason mock on http://${values.listen}`)
  console.log(`sign in: http://${values.listen}/sign-in#token=${store.data.token}`)
})
