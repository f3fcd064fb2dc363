// Applications and what people have allowed them. The mock keeps them in memory; every code of a device is known.

import { Problem, newId } from '../store.ts'
import type { Mock } from './shared.ts'

const AN_HOUR = 3_600_000
const scopes = [
  { name: 'pipeline.read', description: 'View pipelines and their versions.', isHeld: true },
  { name: 'run.read', description: 'View runs, their journals and live events.', isHeld: true },
  { name: 'run.start', description: 'Start and retry runs.', isHeld: true },
  { name: 'audit.read', description: 'Read the audit log.', isHeld: false },
]

interface Registered {
  clientId: string
  [name: string]: unknown
}

export function applications({ store, wait }: Mock) {
  const ago = (hours: number) => new Date(Date.now() - hours * AN_HOUR).toISOString()
  const empty = store.data.keys.length === 0
  const registered: Registered[] = []
  let grants = [
    {
      __typename: 'ApplicationGrant',
      grantId: 'appgrant_01k0000000000000000000000',
      applicationName: 'FlowMason command line',
      organizationName: 'Northwind',
      userId: 'user_01k00000000000000000000000',
      userName: 'Ada Lovelace',
      scopes: ['pipeline.read', 'run.read', 'run.start'],
      createdAt: ago(300),
      lastUsedAt: ago(2),
    },
  ]
  const secret = () => `fmc_${newId('app').slice(4)}`
  const add = (input: Record<string, unknown>, own: string | null) => ({
    __typename: 'Application',
    clientId: newId('app'),
    name: input['name'],
    kind: input['kind'],
    redirectUris: input['redirectUris'] ?? [],
    scopes: input['scopes'] ?? [],
    deviceFlow: input['deviceFlow'] ?? false,
    serviceAccountId: input['serviceAccountId'] ?? null,
    secretPrefix: own?.slice(0, 10) ?? null,
    formerSecretUntil: null,
    createdAt: ago(0),
    lastUsedAt: null,
  })
  if (!empty)
    registered.push(
      add(
        {
          name: 'Support desk',
          kind: 'CONFIDENTIAL',
          redirectUris: ['https://desk.northwind.example/flowmason/callback'],
          scopes: ['pipeline.read', 'run.read', 'run.start'],
        },
        secret(),
      ),
    )
  const find = (id: string) => {
    const found = registered.find((each) => each.clientId === id)
    if (!found) throw new Problem('NOT_FOUND', 'There is no such application.')
    return found
  }
  const revoke = ({ input }: { input: { grantId: string } }) => {
    grants = grants.filter((each) => each.grantId !== input.grantId)
    return { grantId: input.grantId }
  }
  return {
    applications: async () => (await wait(), registered),
    applicationGrants: async () => (await wait(), empty ? [] : grants),
    myApplicationGrants: async () => (await wait(), empty ? [] : grants),
    revokeApplicationGrant: revoke,
    registerApplication: ({ input }: { input: Record<string, unknown> }) => {
      const own = input['kind'] === 'CONFIDENTIAL' ? secret() : null
      const application = add(input, own)
      registered.push(application)
      return { application, secret: own }
    },
    updateApplication: ({ input }: { input: { clientId: string } & Record<string, unknown> }) => ({
      application: Object.assign(find(input.clientId), input),
    }),
    rotateApplicationSecret: ({ input }: { input: { clientId: string } }) => {
      const own = secret()
      const application = find(input.clientId)
      Object.assign(application, { secretPrefix: own.slice(0, 10), formerSecretUntil: ago(-24) })
      return { application, secret: own }
    },
    deleteApplication: ({ input }: { input: { clientId: string } }) => {
      registered.splice(registered.indexOf(find(input.clientId)), 1)
      return { clientId: input.clientId }
    },
    authorizationRequest: async () => (
      await wait(),
      {
        applicationName: 'Support desk',
        organizationName: 'Northwind',
        redirectUri: 'https://desk.northwind.example/flowmason/callback',
        scopes,
      }
    ),
    answerAuthorization: ({ input }: { input: { allow: boolean } }) => ({ redirectTo: `/?allowed=${input.allow}` }),
    deviceRequest: async ({ code }: { code: string }) => (
      await wait(),
      {
        code: code.toUpperCase(),
        applicationName: 'FlowMason command line',
        organizationName: 'Northwind',
        address: '198.51.100.23',
        askedAt: ago(0.02),
        scopes: scopes.slice(0, 3),
      }
    ),
    answerDevice: ({ input }: { input: { allow: boolean } }) => ({ allowed: input.allow }),
  }
}
