// A device without a browser, such as a terminal, shows a code. Here the user enters it and allows the device access.

import { type FormEvent, useState } from 'react'
import { useSearch } from '@tanstack/react-router'
import { CircleCheck, CircleX } from 'lucide-react'
import { AnswerDeviceDocument, DeviceRequestDocument } from '@flowmason/graphql/account'
import { Ago, Button, Empty, ErrorPanel, Field, Input, Loading, Skeleton, Ticked } from '@flowmason/ui'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { useTitle } from '../lib/use-title.ts'
import { OrganizationChoice } from './organization-choice.tsx'
import { RefusedRequest } from './refused-request.tsx'
import { RequestedScopes } from './requested-scopes.tsx'
import { SignedOutPage } from './signed-out-page.tsx'

export function Device() {
  useTitle('Connect a device')
  const { code: given } = useSearch({ from: '/device' })
  const [code, setCode] = useState(given)
  const [allowed, setAllowed] = useState<boolean>()
  const { data, problem } = useAnswer(
    DeviceRequestDocument,
    { code: code ?? '' },
    { pause: !code || allowed !== undefined, requestPolicy: 'network-only' },
  )
  const answer = useChange(AnswerDeviceDocument, { inPlace: true })
  const unknown = fieldProblem(problem, { code: 'The code' })
  const request = code ? data?.deviceRequest : undefined
  const send = async (allow: boolean) => {
    if (!request) return
    const done = await answer.run({ input: { code: request.code, allow } })
    if (done) setAllowed(done.answerDevice.allowed)
  }
  if (allowed !== undefined) return <Answered allowed={allowed} />
  return (
    <SignedOutPage
      title={request ? `Allow ${request.applicationName}?` : 'Connect a device'}
      text={request ? 'It asks to use FlowMason for you.' : 'Enter the code that the device shows.'}
    >
      {!request && <CodeForm code={code} refusal={unknown.at['code']} onCode={setCode} />}
      {code && !request && !problem && (
        <Loading label="Looking for the device">
          <Skeleton className="h-60 rounded-float" />
        </Loading>
      )}
      {unknown.rest && (
        <RefusedRequest
          title="The device was not found"
          problem={unknown.rest}
          next={`/device?${new URLSearchParams({ code: code ?? '' })}`}
        />
      )}
      {request && (
        <>
          <OrganizationChoice />
          <RequestedScopes
            scopes={request.scopes}
            organization={request.organizationName}
            busy={answer.busy}
            onAnswer={(allow) => void send(allow)}
          >
            The device shows the code <code className="text-text">{request.code}</code>
            {request.address && (
              <>
                {' '}
                and asked from the address <span className="font-medium text-text">{request.address}</span>
              </>
            )}
            , <Ago at={request.askedAt} />. Allow it only if you began this yourself, and the codes are the same.
          </RequestedScopes>
          {answer.problem && <ErrorPanel title="Your answer was not sent" problem={answer.problem} />}
        </>
      )}
    </SignedOutPage>
  )
}

interface CodeProps {
  code: string | undefined
  /** Why the server does not know the code. */
  refusal: string | undefined
  onCode: (code: string) => void
}

function CodeForm({ code, refusal, onCode }: CodeProps) {
  const { errors, check, form } = useFormCheck({ code: 'Enter the code, such as WDJB-MJHT.' })
  const look = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!check(event.currentTarget)) return
    onCode(String(new FormData(event.currentTarget).get('code')).trim())
  }
  return (
    <form {...form} onSubmit={look} className="flex flex-col gap-4 rounded-float border border-line bg-panel p-5">
      <Field label="Code" error={errors['code'] ?? (refusal && <Ticked text={refusal} />)}>
        {(ids) => (
          <Input
            {...ids}
            name="code"
            required
            defaultValue={code}
            placeholder="WDJB-MJHT"
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            className="font-mono uppercase"
          />
        )}
      </Field>
      <Button type="submit" variant="primary" large>
        Continue
      </Button>
    </form>
  )
}

function Answered({ allowed }: { allowed: boolean }) {
  const Icon = allowed ? CircleCheck : CircleX
  return (
    <SignedOutPage title={allowed ? 'The device is connected' : 'The device was refused'}>
      <div role="status" className="rounded-float border border-line bg-panel">
        <Empty icon={<Icon size={20} aria-hidden="true" />} title="You can close this page" className="py-8">
          {allowed
            ? 'Continue on the device. You can end its access at any time under Settings.'
            : 'The device gets no access.'}
        </Empty>
      </div>
    </SignedOutPage>
  )
}
