// The guided set-up of an identity provider: what to do there, and what to copy from there to here.

import { type FormEvent, useState } from 'react'
import type { Role, ViewerFieldsFragment } from '@flowmason/graphql'
import {
  CreateSsoProviderDocument,
  type SsoJoining,
  type SsoProviderFieldsFragment,
  type SsoProviderKind,
  UpdateSsoProviderDocument,
} from '@flowmason/graphql/people'
import { Button, Copy, Dialog, ErrorPanel, Field, Input, Select, TextArea, Ticked } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { roleChoices } from '../lib/role-words.ts'
import { guides, joinings, kinds } from '../lib/sso-words.ts'
import { useChange } from '../lib/use-change.ts'

interface Props {
  /** The provider to change; undefined for a new one. */
  provider: SsoProviderFieldsFragment | undefined
  redirectUri: string
  viewer: ViewerFieldsFragment
  onClose: () => void
}

const labels = {
  name: 'The name',
  issuer: 'The issuer',
  clientId: 'The client ID',
  clientSecret: 'The secret',
  scopes: 'The list',
  audiences: 'The list',
  groupsClaim: 'The claim',
  mappings: 'The list',
  defaultRole: 'The role',
  joining: 'The choice',
}

const words = (text: FormDataEntryValue | null) =>
  String(text ?? '')
    .split(/[\s,]+/)
    .filter(Boolean)

/** `group = role`, one per line. */
const shown = (rows: SsoProviderFieldsFragment['mappings']) =>
  rows.map((row) => `${row.group} = ${row.role.toLowerCase()}`).join('\n')

function read(text: string): { group: string; role: Role }[] | undefined {
  const rows = []
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const at = line.lastIndexOf('=')
    const role = line
      .slice(at + 1)
      .trim()
      .toUpperCase()
    if (at < 1 || !roleChoices.some(([known]) => known === role)) return undefined
    rows.push({ group: line.slice(0, at).trim(), role: role as Role })
  }
  return rows
}

export function SsoProviderForm({ provider, redirectUri, viewer, onClose }: Props) {
  const create = useChange(CreateSsoProviderDocument, { inPlace: true })
  const update = useChange(UpdateSsoProviderDocument, { inPlace: true })
  const [kind, setKind] = useState<SsoProviderKind>(provider?.kind ?? 'OKTA')
  const [wrongRows, setWrongRows] = useState(false)
  const guide = guides[kind]
  const {
    errors,
    check,
    form: checked,
  } = useFormCheck({
    name: 'Enter a name for its button.',
    issuer: 'Enter the issuer.',
    clientId: 'Enter the client ID.',
  })
  const refused = fieldProblem(create.problem ?? update.problem, labels)
  const errorAt = (name: string) => errors[name] ?? (refused.at[name] && <Ticked text={refused.at[name]} />)
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    create.clear()
    update.clear()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '').trim()
    const mappings = read(String(form.get('mappings') ?? ''))
    setWrongRows(mappings === undefined)
    if (!check(event.currentTarget) || !mappings) return
    const settings = {
      kind,
      name: text('name'),
      issuer: text('issuer'),
      clientId: text('clientId'),
      scopes: words(form.get('scopes')),
      audiences: provider?.audiences ?? [],
      groupsClaim: text('groupsClaim') || null,
      mappings,
      defaultRole: (text('defaultRole') || null) as Role | null,
      joining: form.get('joining') as SsoJoining,
      enabled: form.get('enabled') === 'on',
    }
    const clientSecret = text('clientSecret') || null
    const done = provider
      ? await update.run({ input: { id: provider.id, settings, clientSecret } })
      : await create.run({ input: { settings, clientSecret } })
    if (!done) return
    toast('Saved.')
    onClose()
  }
  const roles = roleChoices.filter(
    ([role]) => role === provider?.defaultRole || (role !== 'OWNER' && viewer.grantableRoles.includes(role)),
  )
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={provider ? `Edit ${provider.name}` : 'Add an identity provider'}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button variant="primary" type="submit" form="sso-provider" busy={create.busy || update.busy}>
            Save
          </Button>
        </>
      }
    >
      <form {...checked} id="sso-provider" onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
        <Field label="Product">
          {(ids) => (
            <Select {...ids} value={kind} onChange={(event) => setKind(event.target.value as SsoProviderKind)}>
              {kinds.map((each) => (
                <option key={each} value={each}>
                  {guides[each].label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <section aria-label={`What to do at ${guide.label}`} className="flex flex-col gap-2">
          <ol className="list-decimal pl-5 text-muted">
            {guide.steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
          <div className="flex items-center gap-2 rounded-control border border-line2 bg-sunk px-2.5 py-1.5">
            <code className="min-w-0 flex-1 text-xs break-all">{redirectUri}</code>
            <Copy text={redirectUri} label="Copy the redirect URI" />
          </div>
        </section>
        <Field
          label="Name"
          error={errorAt('name')}
          hint="On the button of the sign-in page, such as the company’s name."
        >
          {(ids) => <Input {...ids} name="name" required autoComplete="off" defaultValue={provider?.name ?? ''} />}
        </Field>
        <Field label="Issuer" error={errorAt('issuer')} hint={guide.issuerHint}>
          {(ids) => (
            <Input
              {...ids}
              name="issuer"
              required
              autoComplete="off"
              spellCheck={false}
              placeholder={guide.issuer}
              defaultValue={provider?.issuer ?? ''}
            />
          )}
        </Field>
        <Field label="Client ID" error={errorAt('clientId')}>
          {(ids) => (
            <Input {...ids} name="clientId" required autoComplete="off" defaultValue={provider?.clientId ?? ''} />
          )}
        </Field>
        <Field
          label="Client secret"
          error={errorAt('clientSecret')}
          hint={provider?.hasClientSecret ? 'Leave it empty to keep the stored one.' : undefined}
        >
          {(ids) => <Input {...ids} name="clientSecret" type="password" autoComplete="off" />}
        </Field>
        <Field label="Scopes" error={errorAt('scopes')} hint="What to ask for besides “openid”.">
          {(ids) => (
            <Input
              {...ids}
              key={kind}
              name="scopes"
              autoComplete="off"
              defaultValue={(provider?.kind === kind ? provider.scopes : guide.scopes).join(' ')}
            />
          )}
        </Field>
        <Field label="Groups claim" error={errorAt('groupsClaim')} hint={guide.groupsHint}>
          {(ids) => (
            <Input
              {...ids}
              key={kind}
              name="groupsClaim"
              autoComplete="off"
              defaultValue={provider?.kind === kind ? (provider.groupsClaim ?? '') : guide.groupsClaim}
            />
          )}
        </Field>
        <Field
          label="Roles of groups"
          error={
            wrongRows ? 'Write each line as “group = role”, such as “engineers = developer”.' : errorAt('mappings')
          }
          hint="One per line, such as “engineers = developer”. The first line that fits a person counts, at every sign-in."
        >
          {(ids) => (
            <TextArea
              {...ids}
              name="mappings"
              rows={3}
              className="font-mono"
              spellCheck={false}
              defaultValue={provider ? shown(provider.mappings) : ''}
            />
          )}
        </Field>
        <Field label="Role of everyone else" error={errorAt('defaultRole')}>
          {(ids) => (
            <Select {...ids} name="defaultRole" defaultValue={provider?.defaultRole ?? ''}>
              <option value="">No role: they are refused</option>
              {roles.map(([role, label]) => (
                <option key={role} value={role}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Who joins by signing in" error={errorAt('joining')}>
          {(ids) => (
            <Select {...ids} name="joining" defaultValue={provider?.joining ?? 'PROVED_DOMAINS'}>
              {joinings.map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            name="enabled"
            defaultChecked={provider?.enabled ?? true}
            className="size-3.5 shrink-0 accent-[var(--text)] max-sm:size-5"
          />
          People can sign in with it
        </label>
        {refused.rest && <ErrorPanel title="The provider was not saved" problem={refused.rest} />}
      </form>
    </Dialog>
  )
}
