// The component catalog: all components by category, with their settings and outputs.

import { useCallback, useMemo } from 'react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { ComponentsDocument, type ComponentsQuery } from '@flowmason/graphql'
import { ComponentIcon, componentKey } from '@flowmason/pipeline-canvas'
import { Copy, Empty, ErrorPanel, Loading, SearchField, Skeleton, Ticked, cx } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { useTitle } from '../lib/use-title.ts'
import { ComponentDocs } from '../pipeline/docs.tsx'
import { PageHead } from '../shell/page.tsx'
import { listBox } from './list.tsx'

type Info = ComponentsQuery['components'][number]

const summary = (component: Info) => component.description.split('\n')[0] ?? ''
/** The groups, in the order and with the names that `flowmason components` uses in a terminal. */
const groupNames = {
  NODE: 'Nodes (call a model)',
  OPERATOR: 'Operators (transform data)',
  CONTROL_FLOW: 'Control flow (decide what runs)',
} as const
const kinds = ['NODE', 'OPERATOR', 'CONTROL_FLOW'] as const

/** A stage of this component for a pipeline file, with its required settings. */
function stageTemplate(component: Info): string {
  const schema = component.inputSchema as { required?: string[] } | null
  const config = Object.fromEntries((schema?.required ?? []).map((name) => [name, '']))
  return JSON.stringify({ id: `my-${component.name.replaceAll('_', '-')}`, type: component.name, config }, null, 2)
}

export function Components() {
  const { name, search = '' } = useSearch({ from: '/shell/components' })
  const navigate = useNavigate({ from: '/components' })
  const { data, problem, refetch } = useAnswer(ComponentsDocument, {}, { requestPolicy: 'cache-first' })
  useTitle(name, 'Components')
  const find = useCallback(
    (text: string) => void navigate({ search: (before) => ({ ...before, search: text || undefined }), replace: true }),
    [navigate],
  )
  const wanted = search.trim().toLowerCase()
  const groups = useMemo(() => {
    const found = (data?.components ?? []).filter(
      (each) =>
        !wanted ||
        `${each.name} ${groupNames[each.kind]} ${each.category} ${each.description}`.toLowerCase().includes(wanted),
    )
    return kinds
      .map((kind) => ({ name: groupNames[kind], list: found.filter((each) => each.kind === kind) }))
      .filter(({ list }) => list.length > 0)
  }, [data, wanted])
  const chosen = name ? data?.components.find((each) => componentKey(each.name) === componentKey(name)) : undefined
  return (
    <>
      <PageHead
        crumbs={
          name ? [{ label: 'Components', to: { to: '/components' } }, { label: name }] : [{ label: 'Components' }]
        }
        actions={
          <SearchField
            label="Find a component"
            placeholder="Name or text"
            value={search}
            onChange={find}
            className="w-48 max-sm:w-36"
          />
        }
      />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto grid w-full max-w-6xl grid-cols-[minmax(0,1fr)] gap-6 px-4 py-5 md:px-6 lg:grid-cols-[minmax(0,1fr)_400px]">
          {problem && <ErrorPanel title="The components could not be loaded" problem={problem} onRetry={refetch} />}
          {!data && !problem && (
            <Loading label="Loading the components" className="flex flex-col gap-3">
              <Skeleton className="h-48 rounded-float" />
              <Skeleton className="h-48 rounded-float" />
            </Loading>
          )}
          {data && (
            <div className={cx('flex flex-col gap-6', chosen && 'max-lg:hidden')}>
              {groups.length === 0 && (
                <div className={listBox}>
                  <Empty title="Nothing matches">No component contains “{search}”.</Empty>
                </div>
              )}
              {groups.map(({ name: group, list }) => (
                <section key={group} aria-label={group}>
                  <h2 className="mb-1.5 px-0.5 text-xs text-muted">{group}</h2>
                  <ul className={`${listBox} divide-y divide-line`}>
                    {list.map((each) => (
                      <li key={each.name}>
                        <Link
                          data-row
                          to="/components"
                          search={(before) => ({ ...before, name: each.name })}
                          aria-current={each === chosen ? 'true' : undefined}
                          className={cx(
                            'flex min-h-11 items-center gap-3 px-3 py-1.5 hover:bg-raise focus-visible:-outline-offset-2',
                            each === chosen && 'bg-raise',
                          )}
                        >
                          <ComponentIcon component={each.name} size={16} className="shrink-0 text-muted" />
                          <span className="min-w-0 flex-1">
                            <span className="block font-mono text-xs font-medium">{each.name}</span>
                            <span className="block truncate text-muted">
                              <Ticked text={summary(each)} />
                            </span>
                          </span>
                        </Link>
                      </li>
                    ))}
                  </ul>
                </section>
              ))}
            </div>
          )}
          {data && (
            <aside aria-label="Component" className="min-w-0 lg:sticky lg:top-0 lg:self-start">
              {chosen ? (
                <div className="rounded-float border border-line bg-panel p-4">
                  <h2 className="title flex items-center gap-2 pb-2">
                    <ComponentIcon component={chosen.name} size={16} className="text-muted" />
                    <span className="min-w-0 flex-1 truncate">{chosen.name}</span>
                    <Copy text={() => stageTemplate(chosen)} label="Copy a stage of this component" />
                  </h2>
                  <ComponentDocs name={chosen.name} />
                </div>
              ) : (
                <p className="px-1 text-muted max-lg:hidden">
                  {name ? (
                    <>
                      There is no component called <code>{name}</code>.
                    </>
                  ) : (
                    'Select a component to see its settings and its output.'
                  )}
                </p>
              )}
            </aside>
          )}
        </div>
      </div>
    </>
  )
}
