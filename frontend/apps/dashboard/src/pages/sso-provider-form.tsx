// The guided set-up of an identity provider: what to do there, and what to copy from there to here.

import { type FormEvent, useState } from 'react'
import type { ViewerFieldsFragment } from '@flowmason/graphql'
import {
  CreateSsoProviderDocument,
  CustomRolesDocument,
  type SsoJoining,
  type SsoProtocol,
  type SsoProviderFieldsFragment,
  type SsoProviderKind,
  UpdateSsoProviderDocument,
} from '@flowmason/graphql/people'
import { Button, Dialog, ErrorPanel, Field, Input, Select, TextArea, Ticked } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { roleInput, roleValue } from '../lib/role-words.ts'
import { protocols, samlSteps } from '../lib/saml-words.ts'
import { readMappings, shownMappings } from '../lib/sso-mappings.ts'
import { guides, joinings, kinds } from '../lib/sso-words.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { CopiedLine } from './copied-line.tsx'
import { OidcFields, readOidc } from './oidc-fields.tsx'
import { AnyRoleSelect } from './role-select.tsx'
import { SamlFields, SamlService, readSaml } from './saml-fields.tsx'

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
  groupsClaim: 'The groups',
  metadata: 'The metadata',
  metadataUrl: 'The address',
  certificates: 'The certificate',
  emailAttribute: 'The attribute',
  nameAttribute: 'The attribute',
  mappings: 'The list',
  defaultRole: 'The role',
  joining: 'The choice',
}

export function SsoProviderForm({ provider: given, redirectUri, viewer, onClose }: Props) {
  // A SAML provider is saved once before its metadata is known, and the form goes on.
  const [made, setMade] = useState<SsoProviderFieldsFragment>()
  const provider = given ?? made
  const create = useChange(CreateSsoProviderDocument, { inPlace: true })
  const update = useChange(UpdateSsoProviderDocument, { inPlace: true })
  const [kind, setKind] = useState<SsoProviderKind>(provider?.kind ?? 'OKTA')
  const [protocol, setProtocol] = useState<SsoProtocol>(provider?.protocol ?? 'OIDC')
  const [wrongRows, setWrongRows] = useState(false)
  const [others, setOthers] = useState(provider?.assignedDefaultRole ? roleValue(provider.assignedDefaultRole) : '')
  const own = useAnswer(CustomRolesDocument, {}).data?.customRoles ?? []
  const saml = protocol === 'SAML'
  const first = saml && !provider
  const guide = guides[kind]
  const usualGroups = saml ? 'groups' : guide.groupsClaim
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
    const mappings = readMappings(String(form.get('mappings') ?? ''), own)
    const defaultRole = others === '' ? undefined : roleInput(others)
    setWrongRows(mappings === undefined)
    if (!check(event.currentTarget) || !mappings) return
    const settings = {
      kind,
      name: text('name'),
      ...(saml ? { saml: readSaml(form, provider?.saml) } : readOidc(form, provider)),
      groupsClaim: text('groupsClaim') || (first ? usualGroups : null),
      mappings,
      ...(defaultRole &&
        ('role' in defaultRole
          ? { defaultRole: defaultRole.role }
          : { defaultCustomRoleId: defaultRole.customRoleId })),
      joining: (form.get('joining') ?? 'PROVED_DOMAINS') as SsoJoining,
      enabled: form.get('enabled') === 'on',
    }
    const clientSecret = text('clientSecret') || null
    if (!provider) {
      const done = await create.run({ input: { settings, clientSecret } })
      if (!done) return
      const created = done.createSsoProvider.provider
      if (created.saml && !created.saml.signInUrl) {
        setMade(created)
        toast('Saved. Now enter the addresses at the provider, and its metadata here.')
        return
      }
    } else if (!(await update.run({ input: { id: provider.id, settings, clientSecret } }))) return
    toast('Saved.')
    onClose()
  }
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
            {first ? 'Continue' : 'Save'}
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
        {!provider && (
          <Field label="Protocol">
            {(ids) => (
              <Select {...ids} value={protocol} onChange={(event) => setProtocol(event.target.value as SsoProtocol)}>
                {protocols.map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        <section aria-label={`What to do at ${guide.label}`} className="flex flex-col gap-2">
          <ol className="list-decimal pl-5 text-muted">
            {(saml ? samlSteps[kind] : guide.steps).map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
          {saml ? <SamlService provider={provider} /> : <CopiedLine text={redirectUri} copy="Copy the redirect URI" />}
        </section>
        <Field
          label="Name"
          error={errorAt('name')}
          hint="On the button of the sign-in page, such as the company’s name."
        >
          {(ids) => <Input {...ids} name="name" required autoComplete="off" defaultValue={provider?.name ?? ''} />}
        </Field>
        {!first && (
          <>
            {saml ? (
              <SamlFields key={provider?.id} provider={provider} errorAt={errorAt} />
            ) : (
              <OidcFields kind={kind} provider={provider} errorAt={errorAt} />
            )}
            <Field
              label={saml ? 'Groups attribute' : 'Groups claim'}
              error={errorAt('groupsClaim')}
              hint={saml ? 'The name of the attribute with the groups.' : guide.groupsHint}
            >
              {(ids) => (
                <Input
                  {...ids}
                  key={`${kind} ${protocol}`}
                  name="groupsClaim"
                  autoComplete="off"
                  defaultValue={provider?.kind === kind ? (provider.groupsClaim ?? '') : usualGroups}
                />
              )}
            </Field>
            <Field
              label="Roles of groups"
              error={
                wrongRows ? 'Write each line as “group = role”, such as “engineers = developer”.' : errorAt('mappings')
              }
              hint="One per line, such as “engineers = developer”, with a built-in role or one of your own. The first line that fits a person counts, at every sign-in."
            >
              {(ids) => (
                <TextArea
                  {...ids}
                  name="mappings"
                  rows={3}
                  className="font-mono"
                  spellCheck={false}
                  defaultValue={provider ? shownMappings(provider.mappings) : ''}
                />
              )}
            </Field>
            <Field label="Role of everyone else" error={errorAt('defaultRole')}>
              {(ids) => (
                <AnyRoleSelect
                  {...ids}
                  viewer={viewer}
                  owner={false}
                  none="No role: they are refused"
                  value={others}
                  onChange={(event) => setOthers(event.target.value)}
                />
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
                key={protocol}
                defaultChecked={provider?.enabled ?? !saml}
                className="size-3.5 shrink-0 accent-[var(--text)] max-sm:size-5"
              />
              People can sign in with it
            </label>
          </>
        )}
        {refused.rest && <ErrorPanel title="The provider was not saved" problem={refused.rest} />}
      </form>
    </Dialog>
  )
}
