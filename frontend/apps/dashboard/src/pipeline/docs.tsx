// The documentation of a component from the program: what it does, its inputs and its output.

import { type ComponentsQuery, ComponentsDocument } from '@flowmason/graphql'
import { componentKey } from '@flowmason/pipeline-canvas'
import { Empty, ErrorPanel, Loading, Skeleton, Ticked } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'

export type ComponentInfo = ComponentsQuery['components'][number]

export function useComponent(name: string | undefined) {
  const answer = useAnswer(ComponentsDocument, {}, { requestPolicy: 'cache-first' })
  const found =
    name === undefined
      ? undefined
      : answer.data?.components.find((each) => componentKey(each.name) === componentKey(name))
  return { ...answer, found }
}

const effects: Record<ComponentInfo['effect'], string> = {
  PURE: 'Only computes. After a crash it is computed again.',
  READ: 'Reads external data. After a crash it may read again.',
  CALL: 'Calls a model. After a crash the call may be repeated, and each call is metered.',
  EFFECT: 'Changes something outside the run. Every attempt carries the same idempotency key, even after a crash.',
}

interface Property {
  type?: string | string[]
  description?: string
  default?: unknown
  enum?: unknown[]
  anyOf?: Property[]
  $ref?: string
}

function typeOf(property: Property): string {
  if (property.enum) return property.enum.map((each) => JSON.stringify(each)).join(' | ')
  if (Array.isArray(property.type)) return property.type.join(' | ')
  if (property.type) return property.type
  if (property.anyOf) return property.anyOf.map(typeOf).join(' | ')
  return property.$ref?.split('/').at(-1) ?? 'any'
}

function Fields({ title, schema }: { title: string; schema: unknown }) {
  const { properties, required } = (schema ?? {}) as { properties?: Record<string, Property>; required?: string[] }
  const entries = Object.entries(properties ?? {})
  if (entries.length === 0) return null
  return (
    <section className="flex flex-col gap-2">
      <h3 className="text-xs text-muted">{title}</h3>
      <dl className="divide-y divide-line rounded-control border border-line">
        {entries.map(([name, property]) => (
          <div key={name} className="px-3 py-2">
            <dt className="flex flex-wrap items-baseline gap-x-2">
              <code className="font-medium">{name}</code>
              <code className="break-all text-muted">{typeOf(property)}</code>
              {required?.includes(name) && <span className="text-xs text-muted">required</span>}
            </dt>
            {property.description && (
              <dd className="text-muted">
                <Ticked text={property.description} />
              </dd>
            )}
            {property.default !== undefined && property.default !== null && (
              <dd className="text-xs text-muted">
                default <code>{JSON.stringify(property.default)}</code>
              </dd>
            )}
          </div>
        ))}
      </dl>
    </section>
  )
}

export function ComponentDocs({ name }: { name: string }) {
  const { found, data, problem, refetch } = useComponent(name)
  if (problem) return <ErrorPanel title="The components could not be loaded" problem={problem} onRetry={refetch} />
  if (!data) {
    return (
      <Loading label="Loading the component" className="flex flex-col gap-3">
        <Skeleton className="h-4 w-3/4" />
        <Skeleton className="h-32" />
      </Loading>
    )
  }
  if (!found) {
    return (
      <Empty title="Unknown component" className="py-8">
        There is no component called <code>{name}</code>.
      </Empty>
    )
  }
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-col gap-1.5">
        <p className="whitespace-pre-line">
          <Ticked text={found.description} />
        </p>
        <p className="text-muted">{effects[found.effect]}</p>
      </div>
      <Fields title="Settings" schema={found.inputSchema} />
      <Fields title="Output" schema={found.outputSchema} />
    </div>
  )
}
