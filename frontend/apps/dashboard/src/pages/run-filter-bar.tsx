// The filter of the runs page: text, status, pipeline, environment and time, the status and the pipeline also inverted, and saved
// views. The whole filter is in the URL.

import { type ReactNode, useCallback } from 'react'
import { CalendarClock, Layers, ListFilter, Waypoints, X } from 'lucide-react'
import { PipelineNamesDocument } from '@flowmason/graphql'
import {
  Button,
  Input,
  Menu,
  MenuItem,
  MenuLabel,
  MenuLine,
  SearchField,
  StatusIcon,
  cx,
  statusWord,
  toStatus,
} from '@flowmason/ui'
import { environmentNames } from '../lib/environment-words.ts'
import { turned } from '../lib/run-filter.ts'
import {
  type RunSearch,
  environments,
  environmentsOf,
  isFiltered,
  listOf,
  runStatuses,
  spanOf,
  spans,
} from '../lib/run-search.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { SavedViews } from './saved-views.tsx'

export interface FilterBarProps {
  search: RunSearch
  onChange: (next: RunSearch) => void
}

export function RunFilterBar({ search, onChange }: FilterBarProps) {
  const find = useCallback(
    (text: string) => onChange(without(search, 'q', text ? { q: text } : {})),
    [search, onChange],
  )
  const names = useAnswer(PipelineNamesDocument, { first: 100 })
  const pipelines = names.data?.pipelines.edges.map(({ node }) => node) ?? []
  const twins = new Set(pipelines.map((each) => each.name)).size < pipelines.length
  const nameOf = (id: string) => pipelines.find((each) => each.id === id)?.name ?? 'another pipeline'
  const statuses = listOf(search.status ?? search.notStatus)
  const chosen = listOf(search.pipeline ?? search.notPipeline)

  const places = environmentsOf(search.environment)
  const togglePlace = (value: string) => {
    const next = environments.filter((each) => (each === value) !== places.includes(each))
    onChange(without(search, 'environment', next.length > 0 ? { environment: next.join(',') } : {}))
  }
  /** Adds or removes one value of a list, on the side (is, is not) that is in use. */
  const toggle = (what: 'status' | 'pipeline', value: string) => {
    const not = what === 'status' ? ('notStatus' as const) : ('notPipeline' as const)
    const side = search[not] !== undefined ? not : what
    const list = listOf(search[side])
    const next = list.includes(value) ? list.filter((each) => each !== value) : [...list, value]
    onChange(without(search, side, next.length > 0 ? { [side]: next.join(',') } : {}))
  }
  const span = spanOf(search.since)
  const custom = (search.since !== undefined && !span) || search.until !== undefined

  return (
    <div className="flex flex-col gap-2 pb-3">
      <div className="flex flex-wrap items-center gap-2">
        <SearchField
          label="Find runs by pipeline, error, person or id"
          placeholder="Pipeline, error, person or id"
          value={search.q ?? ''}
          onChange={find}
          className="min-w-44 flex-1 max-sm:basis-full sm:max-w-72"
        />
        <Menu align="start" trigger={<Button icon={<ListFilter size={14} aria-hidden="true" />}>Status</Button>}>
          {runStatuses.map((each) => (
            <MenuItem
              key={each}
              stays
              icon={<StatusIcon status={toStatus(each)} />}
              checked={statuses.includes(each)}
              onSelect={() => toggle('status', each)}
            >
              {statusWord(toStatus(each))}
            </MenuItem>
          ))}
          {statuses.length > 0 && (
            <>
              <MenuLine />
              <MenuItem
                stays
                checked={search.notStatus !== undefined}
                onSelect={() => onChange(turned(search, 'status'))}
              >
                Exclude these
              </MenuItem>
            </>
          )}
        </Menu>
        <Menu
          align="start"
          width="w-64"
          trigger={<Button icon={<Waypoints size={14} aria-hidden="true" />}>Pipeline</Button>}
        >
          {pipelines.length === 0 && <MenuLabel>No pipelines</MenuLabel>}
          {pipelines.map((each) => (
            <MenuItem
              key={each.id}
              stays
              checked={chosen.includes(each.id)}
              onSelect={() => toggle('pipeline', each.id)}
            >
              {each.name}
              {twins && pipelines.some((other) => other !== each && other.name === each.name) && (
                <code className="ml-1.5 text-muted">{each.shortId}</code>
              )}
            </MenuItem>
          ))}
          {chosen.length > 0 && (
            <>
              <MenuLine />
              <MenuItem
                stays
                checked={search.notPipeline !== undefined}
                onSelect={() => onChange(turned(search, 'pipeline'))}
              >
                Exclude these
              </MenuItem>
            </>
          )}
        </Menu>
        <Menu align="start" trigger={<Button icon={<Layers size={14} aria-hidden="true" />}>Environment</Button>}>
          {environments.map((each) => (
            <MenuItem key={each} stays checked={places.includes(each)} onSelect={() => togglePlace(each)}>
              {environmentNames[each]}
            </MenuItem>
          ))}
        </Menu>
        <Menu align="start" trigger={<Button icon={<CalendarClock size={14} aria-hidden="true" />}>Time</Button>}>
          {spans.map((each) => (
            <MenuItem
              key={each.id}
              checked={search.since === each.id}
              onSelect={() => onChange(without(without(search, 'until'), 'since', { since: each.id }))}
            >
              {each.words}
            </MenuItem>
          ))}
          <MenuLine />
          <MenuItem
            checked={custom}
            onSelect={() => {
              const from = new Date()
              from.setHours(0, 0, 0, 0)
              onChange(without(search, 'since', { since: from.toISOString() }))
            }}
          >
            Custom range
          </MenuItem>
        </Menu>
        <SavedViews search={search} onOpen={onChange} />
      </div>
      {isFiltered(search) && (
        <div className="flex flex-wrap items-center gap-1.5" aria-label="Filters" role="group">
          {statuses.length > 0 && (
            <Chip
              name="Status"
              not={search.notStatus !== undefined}
              onTurn={() => onChange(turned(search, 'status'))}
              onRemove={() => onChange(without(without(search, 'status'), 'notStatus'))}
            >
              {statuses.map((each) => statusWord(toStatus(each))).join(' or ')}
            </Chip>
          )}
          {chosen.length > 0 && (
            <Chip
              name="Pipeline"
              not={search.notPipeline !== undefined}
              onTurn={() => onChange(turned(search, 'pipeline'))}
              onRemove={() => onChange(without(without(search, 'pipeline'), 'notPipeline'))}
            >
              {chosen.map(nameOf).join(' or ')}
            </Chip>
          )}
          {places.length > 0 && (
            <Chip name="Environment" onRemove={() => onChange(without(search, 'environment'))}>
              {places.map((each) => environmentNames[each]).join(' or ')}
            </Chip>
          )}
          {search.since && !custom && (
            <Chip name="Time" onRemove={() => onChange(without(search, 'since'))}>
              {span?.words}
            </Chip>
          )}
          {custom && (
            <Chip name="Time" onRemove={() => onChange(without(without(search, 'since'), 'until'))}>
              <Moment
                label="From"
                value={search.since}
                onChange={(since) => onChange(without(search, 'since', since ? { since } : {}))}
              />
              <span>to</span>
              <Moment
                label="To"
                value={search.until}
                onChange={(until) => onChange(without(search, 'until', until ? { until } : {}))}
              />
            </Chip>
          )}
          {search.q && (
            <Chip name="Text" onRemove={() => onChange(without(search, 'q'))}>
              {search.q}
            </Chip>
          )}
          <Button variant="quiet" onClick={() => onChange({})}>
            Clear
          </Button>
        </div>
      )}
    </div>
  )
}

/** The filter without one condition, or with another one in its place. */
export function without(search: RunSearch, key: keyof RunSearch, put: RunSearch = {}): RunSearch {
  const { [key]: _, ...rest } = search
  return { ...rest, ...put }
}

function Chip({
  name,
  not,
  onTurn,
  onRemove,
  children,
}: {
  name: string
  not?: boolean
  onTurn?: () => void
  onRemove: () => void
  children: ReactNode
}) {
  return (
    <span className="flex min-h-7 max-w-full items-center gap-1.5 rounded-control bg-raise pl-2.5 text-xs">
      <span className="text-muted">{name}</span>
      {onTurn && (
        <button
          type="button"
          onClick={onTurn}
          aria-label={`${name} ${not ? 'is not' : 'is'}: invert`}
          className={cx('rounded-[4px] px-1 hover:bg-panel', not ? 'font-medium text-fail' : 'text-muted')}
        >
          {not ? 'is not' : 'is'}
        </button>
      )}
      <span className="flex min-w-0 flex-wrap items-center gap-1.5 truncate font-medium">{children}</span>
      <button
        type="button"
        aria-label={`Remove the filter ${name.toLowerCase()}`}
        onClick={onRemove}
        className="flex size-7 items-center justify-center rounded-control text-muted hover:text-text"
      >
        <X size={12} aria-hidden="true" />
      </button>
    </span>
  )
}

/** An input for a point in time, in the user's time zone. */
function Moment({
  label,
  value,
  onChange,
}: {
  label: string
  value: string | undefined
  onChange: (value: string | undefined) => void
}) {
  const local = value && !Number.isNaN(Date.parse(value)) ? toLocal(new Date(value)) : ''
  return (
    <Input
      type="datetime-local"
      aria-label={label}
      value={local}
      onChange={(event) => onChange(event.target.value ? new Date(event.target.value).toISOString() : undefined)}
      className="h-6 w-44 text-xs"
    />
  )
}

const toLocal = (at: Date): string =>
  new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
