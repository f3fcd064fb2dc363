// The person, the organization, the theme, and the keys for programs.

import { type FormEvent, type ReactNode, useState } from 'react'
import { KeyRound, LogOut, Plus } from 'lucide-react'
import {
  type ApiKeyFieldsFragment,
  ApiKeysDocument,
  CreateApiKeyDocument,
  RevokeApiKeyDocument,
  type Role,
  UpdateProfileDocument,
  ViewerDocument,
  type ViewerFieldsFragment,
  signOut,
} from '@flowmason/graphql'
import {
  Ago,
  Button,
  Copy,
  Dialog,
  Empty,
  ErrorPanel,
  Field,
  Input,
  Loading,
  Note,
  Select,
  Skeleton,
  type Theme,
  cx,
  setTheme,
  useTheme,
} from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { useTitle } from '../lib/use-title.ts'
import { Column, PageHead } from '../shell/page.tsx'
import { PasswordForm, ProfileForm } from './profile.tsx'

export function Settings() {
  useTitle('Settings')
  const { data, problem, refetch } = useAnswer(ViewerDocument, {})
  const viewer = data?.viewer
  return (
    <>
      <PageHead crumbs={[{ label: 'Settings' }]} />
      <Column className="flex flex-col">
        {problem && <ErrorPanel title="Your settings cannot be read" problem={problem} onRetry={refetch} />}
        {!viewer && !problem && (
          <Loading label="Loading the settings" className="flex flex-col gap-4">
            <Skeleton className="h-40 rounded-float" />
            <Skeleton className="h-40 rounded-float" />
          </Loading>
        )}
        {viewer && (
          <>
            {viewer.user && (
              <>
                <Section
                  id="profile"
                  title="Profile"
                  text="Your name as others see it, and the address you sign in with."
                >
                  <ProfileForm key={viewer.user.id} viewer={viewer} />
                </Section>
                <Section
                  id="password"
                  title="Password"
                  text={
                    viewer.hasPassword
                      ? 'Used with your email address to sign in.'
                      : 'You have no password yet. You sign in with the link that the terminal prints.'
                  }
                >
                  <PasswordForm viewer={viewer} />
                </Section>
              </>
            )}
            <Section id="organization" title="Organization" text="The name that everyone in it sees.">
              <OrganizationForm viewer={viewer} />
            </Section>
            <Section id="theme" title="Theme" text="For this browser.">
              <ThemeChoice />
            </Section>
            <Section
              id="keys"
              title="API keys"
              text="For programs: send a key as “Authorization: Bearer …”. A key can do what its role allows."
            >
              <Keys viewer={viewer} />
            </Section>
            {viewer.user && (
              <Section
                id="session"
                title="This browser"
                text="Ends your session in this browser. Other browsers stay signed in."
              >
                <Button
                  icon={<LogOut size={14} aria-hidden="true" />}
                  onClick={() => void signOut().then(() => location.assign('/sign-in'))}
                >
                  Sign out
                </Button>
              </Section>
            )}
          </>
        )}
      </Column>
    </>
  )
}

function Section({ id, title, text, children }: { id: string; title: string; text: string; children: ReactNode }) {
  return (
    <section
      id={id}
      aria-labelledby={`${id}-title`}
      className="grid gap-x-10 gap-y-4 border-b border-line py-7 first:pt-2 last:border-0 md:grid-cols-[220px_1fr]"
    >
      <div>
        <h2 id={`${id}-title`} className="title">
          {title}
        </h2>
        <p className="text-muted">{text}</p>
      </div>
      <div className="min-w-0">{children}</div>
    </section>
  )
}

function OrganizationForm({ viewer }: { viewer: ViewerFieldsFragment }) {
  const change = useChange(UpdateProfileDocument, { inPlace: true })
  const may = viewer.role === 'OWNER' || viewer.role === 'ADMIN'
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const name = String(new FormData(event.currentTarget).get('organization')).trim()
    if (await change.run({ input: { organizationName: name } })) toast('Saved.')
  }
  return (
    <form onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
      <Field label="Name" hint={may ? undefined : 'Only owners and admins can change it.'}>
        {(ids) => (
          <Input {...ids} name="organization" required defaultValue={viewer.organization.name} disabled={!may} />
        )}
      </Field>
      {change.problem && <ErrorPanel title="Your changes were not saved" problem={change.problem} />}
      {may && (
        <div>
          <Button type="submit" busy={change.busy}>
            Save
          </Button>
        </div>
      )}
    </form>
  )
}

const themes: [Theme, string][] = [
  ['system', 'Use system setting'],
  ['light', 'Light'],
  ['dark', 'Dark'],
  ['contrast', 'High contrast'],
]

function ThemeChoice() {
  const theme = useTheme()
  return (
    <fieldset className="flex flex-wrap gap-2">
      <legend className="sr-only">Theme</legend>
      {themes.map(([value, label]) => (
        <label
          key={value}
          className={cx(
            'flex h-8 cursor-pointer items-center gap-2 rounded-control border px-3 has-focus-visible:outline-2 has-focus-visible:outline-copper',
            theme === value ? 'border-text bg-raise font-medium' : 'border-line2 text-muted hover:bg-raise',
          )}
        >
          <input
            type="radio"
            name="theme"
            value={value}
            checked={theme === value}
            onChange={() => setTheme(value)}
            className="sr-only"
          />
          {label}
        </label>
      ))}
    </fieldset>
  )
}

const roles: [Role, string][] = [
  ['VIEWER', 'Viewer: reads'],
  ['DEVELOPER', 'Developer: imports and runs'],
  ['ADMIN', 'Admin: manages members'],
  ['OWNER', 'Owner: everything'],
]

function Keys({ viewer }: { viewer: ViewerFieldsFragment }) {
  const may = viewer.permissions.includes('api_key.read')
  const mayWrite = viewer.permissions.includes('api_key.write')
  const { data, problem, refetch } = useAnswer(ApiKeysDocument, {}, { pause: !may })
  const [open, setOpen] = useState(false)
  if (!may) return <Note icon={<KeyRound size={15} />}>Your role does not see the keys of the organization.</Note>
  if (problem) return <ErrorPanel title="The keys cannot be listed" problem={problem} onRetry={refetch} />
  const keys = data?.apiKeys
  return (
    <div className="flex flex-col gap-3">
      <div className="overflow-hidden rounded-float border border-line bg-panel">
        {!keys ? (
          <Loading label="Loading the keys" className="p-3">
            <Skeleton className="h-8" />
          </Loading>
        ) : keys.length === 0 ? (
          <Empty icon={<KeyRound size={20} aria-hidden="true" />} title="No keys yet" className="py-8">
            A key lets a program start and read runs.
          </Empty>
        ) : (
          <ul className="divide-y divide-line">
            {keys.map((key) => (
              <KeyRow key={key.id} apiKey={key} />
            ))}
          </ul>
        )}
      </div>
      {mayWrite && (
        <div>
          <Button icon={<Plus size={14} aria-hidden="true" />} onClick={() => setOpen(true)}>
            New key
          </Button>
        </div>
      )}
      {open && <NewKey viewer={viewer} onClose={() => setOpen(false)} />}
    </div>
  )
}

function KeyRow({ apiKey }: { apiKey: ApiKeyFieldsFragment }) {
  const revoke = useChange(RevokeApiKeyDocument)
  const [sure, setSure] = useState(false)
  return (
    <li className={cx('flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2', apiKey.revokedAt && 'text-muted')}>
      <span className="min-w-0 flex-1">
        <span className={cx('block truncate font-medium', apiKey.revokedAt && 'line-through')}>{apiKey.name}</span>
        <span className="block truncate text-xs text-muted">
          <code>{apiKey.prefix}…</code> · {apiKey.role.toLowerCase()} ·{' '}
          {apiKey.lastUsedAt ? (
            <>
              used <Ago at={apiKey.lastUsedAt} />
            </>
          ) : (
            'never used'
          )}
        </span>
      </span>
      {apiKey.revokedAt ? (
        <span className="text-xs">
          revoked <Ago at={apiKey.revokedAt} />
        </span>
      ) : sure ? (
        <span className="flex items-center gap-2">
          <span className="text-xs text-muted">Programs that use it lose access at once.</span>
          <Button variant="danger" busy={revoke.busy} onClick={() => void revoke.run({ input: { id: apiKey.id } })}>
            Revoke
          </Button>
          <Button variant="quiet" onClick={() => setSure(false)}>
            Keep
          </Button>
        </span>
      ) : (
        <Button variant="quiet" onClick={() => setSure(true)} aria-label={`Revoke ${apiKey.name}`}>
          Revoke
        </Button>
      )}
    </li>
  )
}

function NewKey({ viewer, onClose }: { viewer: ViewerFieldsFragment; onClose: () => void }) {
  const create = useChange(CreateApiKeyDocument, { inPlace: true })
  const [secret, setSecret] = useState<string>()
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const done = await create.run({ input: { name: String(form.get('name')).trim(), role: form.get('role') as Role } })
    if (done) setSecret(done.createApiKey.secret)
  }
  if (secret) {
    return (
      <Dialog
        open
        onOpenChange={(open) => !open && onClose()}
        title="Your new key"
        footer={<Button onClick={onClose}>I have saved it</Button>}
      >
        <p className="mb-3">This is the only time the key is shown. Store it where your program can read it.</p>
        <div className="flex items-center gap-2 rounded-control border border-line2 bg-sunk py-1.5 pr-1.5 pl-3">
          <code className="min-w-0 flex-1 break-all" data-testid="secret">
            {secret}
          </code>
          <Copy text={secret} label="Copy the key" />
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="New API key"
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Close
          </Button>
          <Button variant="primary" type="submit" form="new-key" busy={create.busy}>
            Create the key
          </Button>
        </>
      }
    >
      <form id="new-key" onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
        <Field label="Name" hint="What uses it, such as “ci” or “nightly-sync”.">
          {(ids) => <Input {...ids} name="name" required autoComplete="off" />}
        </Field>
        <Field label="Role">
          {(ids) => (
            <Select {...ids} name="role" defaultValue="DEVELOPER">
              {/* Nobody gives more than they have. */}
              {roles.slice(0, roles.findIndex(([role]) => role === viewer.role) + 1).map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {create.problem && <ErrorPanel title="No key was created" problem={create.problem} />}
      </form>
    </Dialog>
  )
}
