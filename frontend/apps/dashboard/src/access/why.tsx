// Why somebody may do something, or why not, as sentences.

import { useState } from 'react'
import { CircleCheck, CircleSlash } from 'lucide-react'
import { GrantChoicesDocument, PermissionsDocument, WhyCanDocument } from '@flowmason/graphql/people'
import { ErrorPanel, Field, Select, Skeleton, Ticked } from '@flowmason/ui'
import { environmentNames } from '../lib/environment-words.ts'
import { placeInput } from '../lib/grant-place.ts'
import { environments } from '../lib/run-search.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { listBox } from '../pages/list.tsx'
import { Choices } from './grant-dialog.tsx'

export function Why({ holderId }: { holderId: string }) {
  const [permission, setPermission] = useState('run.start')
  const [place, setPlace] = useState('')
  const [chosen, setChosen] = useState('')
  const environment = environments.find((each) => each === chosen) ?? null
  const permissions = useAnswer(PermissionsDocument, {})
  const choices = useAnswer(GrantChoicesDocument, {})
  const { data, problem, refetch } = useAnswer(
    WhyCanDocument,
    { holderId, permission, pipelineId: null, folderId: null, ...placeInput(place), environment },
    { requestPolicy: 'cache-and-network' },
  )
  const known = permissions.data?.permissions ?? []
  const hint = known.find(({ name }) => name === permission)?.description
  const found = data?.whyCan
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-3">
        <Field label="Permission" hint={hint && <Ticked text={hint} />}>
          {(ids) => (
            <Select {...ids} value={permission} onChange={(event) => setPermission(event.target.value)}>
              {(known.length > 0 ? known : [{ name: permission }]).map(({ name }) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Where">
          {(ids) => (
            <Select {...ids} value={place} onChange={(event) => setPlace(event.target.value)}>
              <option value="">In the organization</option>
              <Choices label="On one folder" rows={choices.data?.folders ?? []} />
              <Choices label="On one pipeline" rows={choices.data?.pipelines.edges.map(({ node }) => node) ?? []} />
            </Select>
          )}
        </Field>
        <Field label="Environment">
          {(ids) => (
            <Select {...ids} value={chosen} onChange={(event) => setChosen(event.target.value)}>
              <option value="">Any</option>
              {environments.map((each) => (
                <option key={each} value={each}>
                  {environmentNames[each]}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      {problem && <ErrorPanel title="The reasons could not be loaded" problem={problem} onRetry={refetch} />}
      {!problem && (
        <div className={listBox} aria-live="polite">
          {found ? (
            <p className="flex items-start gap-2.5 px-3 py-3" data-testid="why">
              {found.allowed ? (
                <CircleCheck size={16} className="mt-0.5 shrink-0 text-ok" aria-label="Yes" />
              ) : (
                <CircleSlash size={16} className="mt-0.5 shrink-0 text-muted" aria-label="No" />
              )}
              <span className="wrap-anywhere">
                <Ticked text={found.text} />
              </span>
            </p>
          ) : (
            <Skeleton className="m-3 h-4 w-80 max-w-full" />
          )}
        </div>
      )}
    </>
  )
}
