// The result of a test sign-in with SAML: what the provider sent, what was refused, and the way out.

import { Check, TriangleAlert } from 'lucide-react'
import type { SamlFieldsFragment } from '@flowmason/graphql/people'
import { Ago, Note, Ticked } from '@flowmason/ui'
import { withRole } from '../lib/role-words.ts'

type Test = NonNullable<SamlFieldsFragment['lastTest']>

const signedWords = ({ responseSigned, assertionSigned, encrypted }: Test) =>
  [
    responseSigned && 'a signed response',
    assertionSigned && 'a signed assertion',
    encrypted && 'an encrypted assertion',
    !responseSigned && !assertionSigned && 'nothing signed',
  ]
    .filter(Boolean)
    .join(', ')

export function SamlTest({ test }: { test: Test }) {
  const { refusal, person } = test
  return (
    <Note
      tone={refusal ? 'fail' : 'ok'}
      icon={refusal ? <TriangleAlert size={15} aria-hidden="true" /> : <Check size={15} aria-hidden="true" />}
    >
      <div className="flex flex-col gap-2 break-words">
        {refusal ? (
          <>
            <p>
              The test <Ago at={test.at} /> was refused. <Ticked text={refusal.problem} />
            </p>
            <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 text-xs">
              <Row name="Field" value={refusal.field} />
              {refusal.sent && <Row name="Sent" value={refusal.sent} />}
              {refusal.expected && <Row name="Expected" value={refusal.expected} />}
            </dl>
            <p className="font-medium">{refusal.wayOut}</p>
          </>
        ) : (
          <p>
            The test <Ago at={test.at} /> was accepted: {person?.name ?? person?.email ?? person?.subject} would enter{' '}
            {person?.role ? withRole(person.role) : 'without a role, and so not at all'}.
            {person?.email &&
              ` The address ${person.email} ${person.emailProved ? 'counts' : 'is not believed: its domain is not proved'}.`}
          </p>
        )}
        <details>
          <summary className="cursor-pointer py-1 text-xs text-muted">
            What the provider sent: {signedWords(test)}
          </summary>
          <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 text-xs">
            {test.values.map((each) => (
              <Row key={each.name} name={each.name} value={each.value} />
            ))}
            {test.attributes.map((each) => (
              <Row key={each.name} name={`Attribute ${each.name}`} value={each.values.join(', ')} />
            ))}
          </dl>
        </details>
      </div>
    </Note>
  )
}

const Row = ({ name, value }: { name: string; value: string }) => (
  <>
    <dt className="text-muted">{name}</dt>
    <dd className="min-w-0 break-all">
      <code>{value}</code>
    </dd>
  </>
)
