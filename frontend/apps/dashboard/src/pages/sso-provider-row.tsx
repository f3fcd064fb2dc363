// One identity provider, with its test and its last problem.

import { useState } from 'react'
import { Check, LogIn, TriangleAlert } from 'lucide-react'
import {
  DeleteSsoProviderDocument,
  type SsoProviderFieldsFragment,
  TestSsoProviderDocument,
  type TestSsoProviderMutation,
} from '@flowmason/graphql/people'
import { Ago, Button, Copy, Note, useNow } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { expiresSoon } from '../lib/saml-words.ts'
import { guides } from '../lib/sso-words.ts'
import { useChange } from '../lib/use-change.ts'
import { SamlTest } from './saml-test.tsx'

type Result = TestSsoProviderMutation['testSsoProvider']

interface Props {
  provider: SsoProviderFieldsFragment
  onEdit: () => void
}

export function SsoProviderRow({ provider, onEdit }: Props) {
  const test = useChange(TestSsoProviderDocument)
  const remove = useChange(DeleteSsoProviderDocument)
  const [result, setResult] = useState<Result>()
  const [sure, setSure] = useState(false)
  const now = useNow(true, 'slow')
  const { name, saml } = provider
  const runTest = async () => {
    const done = await test.run({ input: { id: provider.id } })
    if (done) setResult(done.testSsoProvider)
  }
  const erase = async () => {
    if (await remove.run({ input: { id: provider.id } })) toast(`${name} was deleted.`)
  }
  const link = `${location.origin}${provider.signInPath}`
  return (
    <li className="flex flex-col gap-2 px-3 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <div className="min-w-0 flex-1 max-sm:basis-full">
          <p className="truncate">
            <span className="font-medium">{name}</span> · {guides[provider.kind].label}
            {provider.protocol === 'SAML' && ' · SAML'}
            {!provider.enabled && ' · turned off'}
          </p>
          <p className="text-xs break-words text-muted">
            {provider.issuer ?? 'Its metadata is not known yet'}
            {provider.lastUsedAt && (
              <>
                {' '}
                · last used <Ago at={provider.lastUsedAt} />
              </>
            )}
          </p>
        </div>
        <Button variant="quiet" aria-label={`Test ${name}`} busy={test.busy} onClick={() => void runTest()}>
          Test
        </Button>
        <Button variant="quiet" aria-label={`Edit ${name}`} onClick={onEdit}>
          Edit
        </Button>
        {sure ? (
          <>
            <Button variant="danger" busy={remove.busy} onClick={() => void erase()}>
              Delete {name}
            </Button>
            <Button variant="quiet" onClick={() => setSure(false)}>
              Keep it
            </Button>
          </>
        ) : (
          <Button variant="quiet" aria-label={`Delete ${name} …`} onClick={() => setSure(true)}>
            Delete …
          </Button>
        )}
      </div>
      {provider.enabled && (
        <p className="flex items-center gap-2 text-xs text-muted">
          <span className="min-w-0 break-all">
            Link for your people: <code>{link}</code>
          </span>
          <Copy text={link} label={`Copy the sign-in link of ${name}`} />
        </p>
      )}
      <div role="status">{result && <TestResult result={result} />}</div>
      {saml?.lastTest && <SamlTest test={saml.lastTest} />}
      {saml && !saml.nextServiceCertificate && expiresSoon(saml.serviceCertificate.notAfter, now) && (
        <Note tone="fail" icon={<TriangleAlert size={15} aria-hidden="true" />}>
          The certificate of this server for {name} expires <Ago at={saml.serviceCertificate.notAfter} />. Edit the
          provider to make a new key, before the provider refuses requests.
        </Note>
      )}
      {provider.lastProblem && provider.lastProblemAt && (
        <Note tone="fail" icon={<TriangleAlert size={15} aria-hidden="true" />}>
          <span className="break-words">
            {provider.lastProblemAt === saml?.metadataFailedAt ? 'Its metadata was read' : 'A sign-in was refused'}{' '}
            <Ago at={provider.lastProblemAt} />: {provider.lastProblem}
          </span>
        </Note>
      )}
    </li>
  )
}

function TestResult({ result }: { result: Result }) {
  if (!result.passed)
    return (
      <Note tone="fail" icon={<TriangleAlert size={15} aria-hidden="true" />}>
        <span className="break-words">The test failed. {result.problem}</span>
      </Note>
    )
  if (result.signInUrl)
    return (
      <Note tone="muted" icon={<LogIn size={15} aria-hidden="true" />}>
        <a href={result.signInUrl} className="underline">
          Sign in at the provider
        </a>{' '}
        to see here what it sends. No session is opened, and you can do it in another browser.
      </Note>
    )
  return (
    <Note tone="ok" icon={<Check size={15} aria-hidden="true" />}>
      <span className="break-words">
        The provider can be read: {result.keys === 1 ? '1 key' : `${result.keys ?? 0} keys`}, signatures{' '}
        {result.algorithms.join(', ')}. Sign in once to test the client ID and the secret.
        {result.unknownScopes.length > 0 && ` It does not list these scopes: ${result.unknownScopes.join(', ')}.`}
      </span>
    </Note>
  )
}
