// A page for trying queries and subscriptions, served with --dev only. It loads nothing from other hosts.

import '../app.css'
import { updateSchema } from 'cm6-graphql'
import { type DocumentNode, OperationTypeNode, buildClientSchema, getIntrospectionQuery, parse } from 'graphql'
import { createClient } from 'graphql-ws'
import { faultWords, readJson } from '../lib/json-text.ts'
import { answerEditor, queryEditor, show, variablesEditor } from './editors.ts'

const STORAGE_KEY = 'flowmason.explorer'
const SAMPLE_QUERY = `# Ctrl+Enter sends it, Ctrl+Space completes it.
query Newest {
  viewer { organization { name } role }
  runs(first: 5) {
    edges { node { id status pipeline { name } } }
  }
}
`

const state = document.getElementById('state')
const button = document.getElementById('run')
const showStatus = (text: string) => {
  if (state) state.textContent = text
}

const kept = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? '{}') as { query?: string; variables?: string }
const send = () => void (stop ? end() : go())
const query = queryEditor(kept.query ?? SAMPLE_QUERY, send)
const variables = variablesEditor(kept.variables ?? '{}', send)
const answer = answerEditor()
button?.addEventListener('click', send)

interface Operation {
  query: string
  variables: Record<string, unknown>
}

async function post(operation: Operation): Promise<unknown> {
  const response = await fetch('/graphql', {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(operation),
  })
  const text = await response.text()
  try {
    return JSON.parse(text) as unknown
  } catch {
    return `${response.status}: ${text.slice(0, 500)}`
  }
}

function read(): Operation {
  const text = query.state.doc.toString()
  const given = variables.state.doc.toString()
  sessionStorage.setItem(STORAGE_KEY, JSON.stringify({ query: text, variables: given }))
  const typed = readJson(given || '{}')
  if ('fault' in typed) throw new Error(faultWords(typed.fault, 'The variables are not JSON'))
  return { query: text, variables: typed.value as Record<string, unknown> }
}

function isSubscription(text: string): boolean {
  let document: DocumentNode
  try {
    document = parse(text)
  } catch {
    // The server reports what is wrong with it.
    return false
  }
  return document.definitions.some(
    (each) => each.kind === 'OperationDefinition' && each.operation === OperationTypeNode.SUBSCRIPTION,
  )
}

let stop: (() => void) | undefined
const end = () => {
  stop?.()
  stop = undefined
  if (button) button.textContent = 'Send'
}

async function go() {
  let operation: Operation
  try {
    operation = read()
  } catch (reason) {
    show(answer, (reason as Error).message)
    return
  }
  if (isSubscription(operation.query)) {
    follow(operation)
    return
  }
  const begun = performance.now()
  showStatus('Sent')
  try {
    show(answer, JSON.stringify(await post(operation), null, 2))
    showStatus(`${Math.round(performance.now() - begun)} ms`)
  } catch {
    show(answer, 'The server cannot be reached. Is it running?')
    showStatus('')
  }
}

/** Newest first, limited to a readable number. */
const MAX_MESSAGES = 100

function follow(operation: Operation) {
  const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql/ws`
  const socket = createClient({ url, retryAttempts: 0 })
  const messages: unknown[] = []
  let received = 0
  const tell = (message: unknown) => {
    messages.unshift(message)
    messages.length = Math.min(messages.length, MAX_MESSAGES)
    received += 1
    show(answer, messages.map((each) => JSON.stringify(each, null, 2)).join('\n\n'))
    showStatus(`${received} received`)
  }
  const unsubscribe = socket.subscribe(
    { query: operation.query, variables: operation.variables },
    {
      next: tell,
      error: (reason) => {
        tell(reason instanceof CloseEvent ? { closed: reason.code, reason: reason.reason } : { errors: reason })
        end()
      },
      complete: end,
    },
  )
  show(answer, '')
  showStatus('Listening')
  if (button) button.textContent = 'Stop'
  stop = () => {
    unsubscribe()
    void socket.dispose()
  }
}

const schema = (await post({ query: getIntrospectionQuery(), variables: {} }).catch(() => undefined)) as
  | { data?: Parameters<typeof buildClientSchema>[0]; errors?: { message: string }[] }
  | undefined
if (schema?.data) {
  updateSchema(query, buildClientSchema(schema.data))
  showStatus('Ready')
} else {
  showStatus(schema?.errors?.[0]?.message ?? 'The schema could not be loaded: the server is not responding.')
}
document.body.dataset['ready'] = ''
