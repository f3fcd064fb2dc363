// The domains of the organization. The record of a domain is found at its second check.

import { randomBytes } from 'node:crypto'
import { Problem, newId } from '../store.ts'
import type { Mock } from './shared.ts'

const DAY_MS = 86_400_000

interface Domain {
  id: string
  name: string
  displayName: string
  status: 'PENDING' | 'PROVED' | 'MISSING' | 'LOST'
  recordName: string
  recordValue: string
  createdAt: string
  provedAt: string | null
  missingSince: string | null
  provedUntil: string | null
  checkedAt: string | null
  problem: string | null
}

const at = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString()

const claimed = (name: string): Domain => ({
  id: newId('dom'),
  name,
  displayName: name,
  status: 'PENDING',
  recordName: `_flowmason.${name}`,
  recordValue: `flowmason-domain-verification=${randomBytes(24).toString('base64url')}`,
  createdAt: at(0),
  provedAt: null,
  missingSince: null,
  provedUntil: null,
  checkedAt: null,
  problem: null,
})

const samples = (): Domain[] => [
  { ...claimed('northwind.example'), status: 'PROVED', provedAt: at(-40), checkedAt: at(-0.2) },
  {
    ...claimed('northwind-labs.example'),
    status: 'MISSING',
    provedAt: at(-90),
    missingSince: at(-2),
    provedUntil: at(5),
    checkedAt: at(-0.02),
    problem: 'NO_RECORD',
  },
  { ...claimed('xn--nrdwind-90a.example'), displayName: 'nördwind.example' },
]

export function domains({ store, wait }: Mock) {
  let all: Domain[] = store.data.members?.length ? samples() : []
  const shown = (domain: Domain) => ({ __typename: 'Domain', ...domain })
  const domain = (id: string) => {
    const found = all.find((each) => each.id === id)
    if (!found) throw new Problem('NOT_FOUND', 'There is no such domain')
    return found
  }
  return {
    domains: async () => (await wait(), all.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(shown)),
    claimDomain: ({ input }: { input: { name: string } }) => {
      const name = input.name.trim().toLowerCase()
      if (!name.includes('.')) throw new Problem('INVALID_INPUT', `name: \`${name}\` is not a domain`)
      const made = claimed(name)
      all.push(made)
      return { domain: shown(made) }
    },
    checkDomain: ({ input }: { input: { id: string } }) => {
      const found = domain(input.id)
      const proved = found.checkedAt !== null
      Object.assign(found, {
        status: proved ? 'PROVED' : 'PENDING',
        problem: proved ? null : 'NO_RECORD',
        provedAt: proved ? (found.provedAt ?? at(0)) : null,
        missingSince: null,
        provedUntil: null,
        checkedAt: at(0),
      })
      return { domain: shown(found) }
    },
    removeDomain: ({ input }: { input: { id: string } }) => {
      const { id } = domain(input.id)
      all = all.filter((each) => each.id !== id)
      return { removedId: id }
    },
  }
}
