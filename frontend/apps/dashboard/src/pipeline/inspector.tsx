// The selected stage: its settings, its dependencies, its component's documentation. Without a selection: the pipeline.

import { type ReactNode, useState } from 'react'
import { Link } from '@tanstack/react-router'
import type { StageFieldsFragment, VersionFieldsFragment } from '@flowmason/graphql'
import { branchLabel, ComponentIcon } from '@flowmason/pipeline-canvas'
import { Ago, Copy, Empty, JsonView, TabPanel, Tabs, Ticked } from '@flowmason/ui'
import { count } from '../lib/words.ts'
import { Setting } from './chips.tsx'
import { ComponentDocs, useComponent } from './docs.tsx'

const kinds = { NODE: 'node', OPERATOR: 'operator', CONTROL_FLOW: 'control flow' }

/** The first line of a description, without its final period. */
const firstLine = (text: string) => text.split('\n')[0]?.replace(/\.$/, '') ?? ''

export function StageInspector({ stage, onSelect }: { stage: StageFieldsFragment; onSelect: (id: string) => void }) {
  const [tab, setTab] = useState('settings')
  const { found } = useComponent(stage.component)
  const settings = Object.entries((stage.config ?? {}) as Record<string, unknown>)
  return (
    <>
      <header className="px-4 pt-3.5 pb-2 max-md:pr-12">
        <h2 className="title flex items-center gap-2">
          <ComponentIcon component={stage.component} size={16} className="shrink-0 text-muted" aria-hidden="true" />
          <span className="truncate">{stage.id}</span>
          <Copy text={`{{upstream.${stage.id}}}`} label="Copy as a template" />
        </h2>
        <p className="text-xs text-muted">
          {stage.component}
          {found && (
            <>
              {' · '}
              <Ticked text={firstLine(found.description)} />
            </>
          )}
        </p>
      </header>
      <Tabs
        label="Stage"
        value={tab}
        onChange={setTab}
        tabs={[
          { id: 'settings', label: 'Settings' },
          { id: 'docs', label: 'Docs' },
          { id: 'json', label: 'JSON' },
        ]}
        className="flex-1"
      >
        <TabPanel id="settings" className="overflow-y-auto p-4">
          <div className="flex flex-col gap-5">
            <dl className="grid grid-cols-[96px_1fr] gap-x-3 gap-y-2">
              {stage.name && <Fact name="Name">{stage.name}</Fact>}
              <Fact name="Kind">{kinds[stage.kind]}</Fact>
              <Fact name="Depends on">
                {stage.dependsOn.length > 0 ? (
                  <StageLinks ids={stage.dependsOn} onSelect={onSelect} />
                ) : stage.parent ? (
                  'the same stages as its control stage'
                ) : (
                  'nothing, so it starts at once'
                )}
              </Fact>
              {stage.parent && (
                <Fact name="Inside">
                  <span className="flex flex-wrap items-center gap-x-1.5">
                    <StageLinks ids={[stage.parent]} onSelect={onSelect} />
                    {stage.branch && stage.branch !== 'loop' && (
                      <span className="text-muted">in {stage.branches.map(branchLabel).join(', ')}</span>
                    )}
                  </span>
                </Fact>
              )}
              <Fact name="Lines">
                {stage.line}–{stage.endLine}
              </Fact>
            </dl>
            {settings.length > 0 ? (
              <dl className="flex flex-col gap-4">
                {settings.map(([name, value]) => (
                  <Setting key={name} name={name} value={value} />
                ))}
              </dl>
            ) : (
              <p className="text-muted">This stage has no settings.</p>
            )}
          </div>
        </TabPanel>
        <TabPanel id="docs" className="overflow-y-auto p-4">
          <ComponentDocs name={stage.component} />
          <p className="pt-4 text-xs">
            <Link
              to="/components"
              search={{ name: stage.component }}
              className="text-muted hover:text-text hover:underline"
            >
              Open in the component catalog
            </Link>
          </p>
        </TabPanel>
        <TabPanel id="json" className="overflow-y-auto p-4">
          <JsonView value={stage.config} />
        </TabPanel>
      </Tabs>
    </>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  )
}

function StageLinks({ ids, onSelect }: { ids: readonly string[]; onSelect: (id: string) => void }) {
  return (
    <span className="flex flex-wrap gap-1.5">
      {ids.map((id) => (
        <button
          key={id}
          type="button"
          onClick={() => onSelect(id)}
          className="rounded-[4px] bg-raise px-1.5 font-mono text-xs hover:bg-line"
        >
          {id}
        </button>
      ))}
    </span>
  )
}

export function PipelineInspector({ description, version }: { description: string; version: VersionFieldsFragment }) {
  const [tab, setTab] = useState('about')
  return (
    <>
      <header className="px-4 pt-3.5 pb-2">
        <h2 className="title">Version {version.number}</h2>
        <p className="text-xs text-muted">
          {count(version.stages.length, 'stage')} · created <Ago at={version.createdAt} />
        </p>
      </header>
      <Tabs
        label="Version"
        value={tab}
        onChange={setTab}
        tabs={[
          { id: 'about', label: 'About' },
          { id: 'input', label: 'Input schema' },
        ]}
        className="flex-1"
      >
        <TabPanel id="about" className="overflow-y-auto p-4">
          <div className="flex flex-col gap-5">
            <p className={description ? '' : 'text-muted'}>
              <Ticked text={description || 'The file has no description.'} />
            </p>
            <p className="text-muted">Select a stage to see its settings. The source below scrolls to its lines.</p>
            <dl className="grid grid-cols-[72px_1fr] items-center gap-x-3 gap-y-1">
              <dt className="text-muted">SHA-256</dt>
              <dd className="flex min-w-0 items-center">
                <code className="truncate">{version.sha256}</code>
                <Copy text={version.sha256} label="Copy the hash" />
              </dd>
            </dl>
          </div>
        </TabPanel>
        <TabPanel id="input" className="overflow-y-auto p-4">
          {version.inputSchema ? (
            <JsonView value={version.inputSchema} />
          ) : (
            <Empty title="No input schema" className="py-8">
              This pipeline accepts any JSON. Add <code>input_schema</code> to the file to get a form with fields.
            </Empty>
          )}
        </TabPanel>
      </Tabs>
    </>
  )
}
