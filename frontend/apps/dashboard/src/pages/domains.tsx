// The domains of the organization: a form to claim one, and a list with the records to publish.

import { type FormEvent } from 'react'
import { Globe } from 'lucide-react'
import { ClaimDomainDocument, DomainsDocument } from '@flowmason/graphql/people'
import { Button, Empty, ErrorPanel, Field, Input } from '@flowmason/ui'
import { useFormCheck } from '../lib/form-check.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { useTitle } from '../lib/use-title.ts'
import { Column, PageHead } from '../shell/page.tsx'
import { useViewer } from '../shell/shell.tsx'
import { DomainRow } from './domain-row.tsx'
import { List, RowSkeletons } from './list.tsx'

export function Domains() {
  useTitle('Domains')
  const viewer = useViewer()
  const may = viewer?.permissions.includes('domain.manage') ?? false
  const answer = useAnswer(DomainsDocument, {}, { pause: !may })
  return (
    <>
      <PageHead crumbs={[{ label: 'Settings', to: { to: '/settings' }, wide: true }, { label: 'Domains' }]} />
      <Column className="flex flex-col gap-4">
        <p className="max-w-150 text-muted">
          Prove that a domain belongs to your organization by publishing a TXT record where the domain is managed. Keep
          the record: it is looked up twice a day, and a week after it is gone the domain is no longer proved.
        </p>
        {may && <ClaimForm />}
        <List
          name="domains"
          answer={answer}
          rows={answer.data?.domains}
          denied={
            viewer && !may
              ? {
                  icon: <Globe size={15} aria-hidden="true" />,
                  words: 'Your role cannot manage the domains of the organization. Ask an owner or an admin.',
                }
              : undefined
          }
          loading={<RowSkeletons rows={2} height="h-24" front="hidden" />}
          empty={
            <Empty icon={<Globe size={20} aria-hidden="true" />} title="No domains yet" className="py-8">
              Add the domain of your email addresses, such as example.com.
            </Empty>
          }
        >
          {(domains) => (
            <ul aria-label="Domains" className="divide-y divide-line">
              {domains.map((domain) => (
                <DomainRow key={domain.id} domain={domain} onGone={answer.refetch} />
              ))}
            </ul>
          )}
        </List>
      </Column>
    </>
  )
}

function ClaimForm() {
  const claim = useChange(ClaimDomainDocument, { inPlace: true })
  const { errors, check, form } = useFormCheck({ domain: 'Enter a domain, such as example.com.' })
  const add = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const element = event.currentTarget
    if (!check(element)) return
    const name = String(new FormData(element).get('domain')).trim()
    if (await claim.run({ input: { name } })) element.reset()
  }
  return (
    <form {...form} onSubmit={(event) => void add(event)} className="flex flex-col gap-3">
      <div className="flex flex-wrap items-end gap-2">
        <div className="w-80 max-w-full">
          <Field label="Domain" error={errors['domain']}>
            {(ids) => (
              <Input
                {...ids}
                name="domain"
                required
                placeholder="example.com"
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
              />
            )}
          </Field>
        </div>
        <Button type="submit" busy={claim.busy} className="h-8 max-sm:h-10">
          Add the domain
        </Button>
      </div>
      {claim.problem && <ErrorPanel title="The domain was not added" problem={claim.problem} />}
    </form>
  )
}
