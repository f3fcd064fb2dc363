// The first page of a new user: one step to a running pipeline.

import type { FormEvent } from 'react'
import { useNavigate } from '@tanstack/react-router'
import { KeyRound } from 'lucide-react'
import {
  CreatePipelineDocument,
  CreatePipelineFromExampleDocument,
  type ExamplesQuery,
  ExamplesDocument,
  ValidateDocument,
} from '@flowmason/graphql'
import { MiniCanvas } from '@flowmason/pipeline-canvas'
import { Button, ErrorPanel, Field, Input, Loading, Skeleton, Ticked, cx } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useChange } from '../lib/use-change.ts'
import { useTitle } from '../lib/use-title.ts'
import { count } from '../lib/words.ts'
import { Column } from '../shell/page.tsx'
import { useViewer } from '../shell/shell.tsx'
import { ImportBox } from './import.tsx'
import { FirstProfile } from './profile.tsx'

/** The same page for a user who already has pipelines. */
export const NewPipeline = () => <Welcome again />

export function Welcome({ again = false }: { again?: boolean }) {
  useTitle(again ? 'New pipeline' : 'Welcome')
  const viewer = useViewer()
  const mayWrite = viewer === undefined || viewer.permissions.includes('pipeline.write')
  const { data, problem, refetch } = useAnswer(ExamplesDocument, {}, { pause: !mayWrite })
  const profile = !again && viewer?.user && viewer.canChangeAccount && (!viewer.hasPassword || !viewer.user.email) && (
    <FirstProfile viewer={viewer} />
  )
  if (!mayWrite)
    return (
      <Column className="flex flex-col gap-8 py-10">
        <header>
          <h1 className="page-title">{viewer.organization.name}</h1>
          <p className="text-muted">
            {again ? '' : 'There are no pipelines yet. '}Your role cannot create pipelines: ask an owner, an admin or a
            developer.
          </p>
        </header>
        {profile}
      </Column>
    )
  return (
    <Column className="flex flex-col gap-8 py-10">
      <header>
        <h1 className="page-title">
          {again ? 'New pipeline' : viewer?.user?.name ? `Welcome, ${viewer.user.name}` : 'Welcome to FlowMason'}
        </h1>
        <p className="text-muted">Start from an example and watch it run, or bring a pipeline of your own.</p>
      </header>
      <section aria-labelledby="examples" className="flex flex-col gap-3">
        <h2 id="examples" className="title">
          Start from an example
        </h2>
        {problem && <ErrorPanel title="The examples could not be loaded" problem={problem} onRetry={refetch} />}
        {!data && !problem && (
          <Loading label="Loading the examples" className="grid gap-4 sm:grid-cols-2">
            <Skeleton className="h-72 rounded-float" />
            <Skeleton className="h-72 rounded-float" />
          </Loading>
        )}
        <ul className="grid gap-4 sm:grid-cols-2">
          {data?.examples.map((example) => (
            <ExampleCard key={example.name} example={example} />
          ))}
        </ul>
      </section>
      <section aria-labelledby="import" className="flex flex-col gap-3">
        <h2 id="import" className="title">
          Or import a file
        </h2>
        <ImportBox />
      </section>
      <section aria-labelledby="empty" className="flex flex-col gap-3">
        <h2 id="empty" className="title">
          Or start from scratch
        </h2>
        <EmptyPipeline />
      </section>
      {profile}
    </Column>
  )
}

/** Creates a pipeline without stages and opens its editor. */
function EmptyPipeline() {
  const navigate = useNavigate()
  const create = useChange(CreatePipelineDocument, { inPlace: true })
  const { errors, check, form } = useFormCheck({ name: 'Enter a name for the pipeline.' })
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!check(event.currentTarget)) return
    const name = String(new FormData(event.currentTarget).get('name')).trim()
    const done = await create.run({ input: { name } })
    if (!done) return
    void navigate({
      to: '/pipelines/$pipelineId',
      params: { pipelineId: done.createPipeline.pipeline.id },
      search: { edit: true },
    })
  }
  return (
    <form {...form} onSubmit={(event) => void save(event)} className="flex flex-col gap-3">
      <div className={cx('flex gap-2', errors['name'] ? 'items-center' : 'items-end')}>
        <div className="min-w-0 flex-1">
          <Field label="Name of the new pipeline" error={errors['name']}>
            {(ids) => <Input {...ids} name="name" required maxLength={200} autoComplete="off" />}
          </Field>
        </div>
        <Button type="submit" busy={create.busy} className="h-8 max-sm:h-10">
          Create
        </Button>
      </div>
      {create.problem && <ErrorPanel title="The pipeline was not created" problem={create.problem} />}
    </form>
  )
}

function ExampleCard({ example }: { example: ExamplesQuery['examples'][number] }) {
  const navigate = useNavigate()
  const create = useChange(CreatePipelineFromExampleDocument)
  const drawn = useAnswer(ValidateDocument, { source: example.source }, { requestPolicy: 'cache-first' })
  const take = async () => {
    const done = await create.run({ input: { name: example.name } })
    if (!done) return
    void navigate({
      to: '/pipelines/$pipelineId',
      params: { pipelineId: done.createPipelineFromExample.pipeline.id },
      search: { run: true },
    })
  }
  return (
    <li className="flex flex-col overflow-hidden rounded-float border border-line bg-panel">
      <div className="flex h-36 items-center justify-center border-b border-line bg-bg p-4">
        {drawn.data && <MiniCanvas stages={drawn.data.validatePipeline.stages} className="size-full" />}
      </div>
      <div className="flex flex-1 flex-col gap-2 p-4">
        <h3 className="title">{example.title}</h3>
        <p className="flex-1 text-muted">
          <Ticked text={example.description} />
        </p>
        <div className="flex items-center gap-3 pt-2">
          <Button
            variant="primary"
            busy={create.busy}
            onClick={() => void take()}
            aria-label={`Use this example: ${example.title}`}
          >
            Use this example
          </Button>
          <span className="text-xs text-muted">
            {drawn.data && count(drawn.data.validatePipeline.stages.length, 'stage')}
            {!example.needsKey && ' · no API key needed'}
          </span>
          {example.needsKey && (
            <span className="flex items-center gap-1.5 text-xs text-muted">
              <KeyRound size={13} aria-hidden="true" /> needs a model provider
            </span>
          )}
        </div>
      </div>
    </li>
  )
}
