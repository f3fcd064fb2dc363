// Settings of the user, the organization, the theme and API keys.

import { type FormEvent, type ReactNode } from 'react'
import { Link } from '@tanstack/react-router'
import { AppWindow, Fingerprint, Globe, ListChecks, RefreshCw, ShieldCheck, Users, Webhook } from 'lucide-react'
import { JobsDocument, UpdateProfileDocument, ViewerDocument, type ViewerFieldsFragment } from '@flowmason/graphql'
import {
  Button,
  ErrorPanel,
  Field,
  Input,
  Loading,
  Skeleton,
  type Theme,
  Ticked,
  cx,
  setTheme,
  useTheme,
} from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { useAnswer } from '../lib/use-answer.ts'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useChange } from '../lib/use-change.ts'
import { useTitle } from '../lib/use-title.ts'
import { CopilotSettings } from '../copilot/copilot-settings.tsx'
import { Column, PageHead } from '../shell/page.tsx'
import { EmailAddress } from './email-address.tsx'
import { ConnectedAccounts } from './connected-accounts.tsx'
import { ExplorerButton } from './explorer-button.tsx'
import { GrantedApplications } from './granted-applications.tsx'
import { Keys } from './keys.tsx'
import { LockedAccount } from './locked-account.tsx'
import { Passkeys } from './passkeys.tsx'
import { PasswordForm, ProfileForm } from './profile.tsx'
import { RegionForm } from './region.tsx'
import { RequestLetters } from './request-letters.tsx'
import { Sessions } from './sessions.tsx'
import { TwoFactor } from './two-factor.tsx'

const MAX_COUNTED = 30
const linkButton =
  'inline-flex h-7 items-center gap-1.5 rounded-control border border-line2 bg-panel px-2.5 font-medium hover:bg-raise max-sm:h-8'

export function Settings() {
  useTitle('Settings')
  const { data, problem, refetch } = useAnswer(ViewerDocument, {})
  const viewer = data?.viewer
  return (
    <>
      <PageHead crumbs={[{ label: 'Settings' }]} />
      <Column className="flex flex-col">
        {problem && <ErrorPanel title="Your settings could not be loaded" problem={problem} onRetry={refetch} />}
        {!viewer && !problem && (
          <Loading label="Loading the settings" className="flex flex-col gap-4">
            <Skeleton className="h-40 rounded-float" />
            <Skeleton className="h-40 rounded-float" />
          </Loading>
        )}
        {viewer && (
          <>
            {viewer.user && !viewer.canChangeAccount && (
              <>
                <Section id="account" title="Account" text={`Signed in as ${viewer.user.name}.`}>
                  <LockedAccount />
                </Section>
                <Section id="email" title="Email address" text="You sign in with it.">
                  <EmailAddress locked />
                </Section>
              </>
            )}
            {viewer.user && viewer.canChangeAccount && (
              <>
                <Section id="profile" title="Profile" text="Your name as others see it.">
                  <ProfileForm key={viewer.user.id} viewer={viewer} />
                </Section>
                <Section
                  id="email"
                  title="Email address"
                  text={
                    viewer.user.email && viewer.user.emailVerified
                      ? 'You sign in with it. Both addresses confirm a change of it.'
                      : 'You sign in with it.'
                  }
                >
                  <EmailAddress />
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
                <Section
                  id="two-factor"
                  title="Two-factor authentication"
                  text="After the password, signing in needs a code of an app on your phone."
                >
                  <TwoFactor />
                </Section>
                <Section
                  id="passkeys"
                  title="Passkeys"
                  text="Sign in without a password, with what unlocks your device."
                >
                  <Passkeys />
                </Section>
              </>
            )}
            {viewer.user && (
              <Section
                id="connected-accounts"
                title="Connected accounts"
                text="Accounts at identity providers with which you sign in."
              >
                <ConnectedAccounts locked={!viewer.canChangeAccount} />
              </Section>
            )}
            {viewer.user && (
              <Section id="region" title="Language and time zone" text="How dates and times are shown to you.">
                <RegionForm key={viewer.user.id} user={viewer.user} />
              </Section>
            )}
            {viewer.user && viewer.sendsMail && (
              <Section id="letters" title="Letters" text="Mails about what others do.">
                <RequestLetters organization={viewer.organization.name} />
              </Section>
            )}
            <Section id="organization" title="Organization" text="The name that everyone in it sees.">
              <OrganizationForm viewer={viewer} />
            </Section>
            {viewer.permissions.includes('member.read') && (
              <Section
                id="members"
                title="Members"
                text="The people in the organization, their roles, teams and grants, and service accounts."
              >
                <div className="flex flex-wrap gap-2">
                  <Link to="/settings/members" className={linkButton}>
                    <Users size={14} aria-hidden="true" /> Members
                  </Link>
                  <Link to="/settings/access" className={linkButton}>
                    <ShieldCheck size={14} aria-hidden="true" /> Access
                  </Link>
                </div>
              </Section>
            )}
            {viewer.permissions.includes('domain.manage') && (
              <Section
                id="domains"
                title="Domains"
                text="The domains that belong to the organization, and their proofs."
              >
                <Link to="/settings/domains" className={linkButton}>
                  <Globe size={14} aria-hidden="true" /> Domains
                </Link>
              </Section>
            )}
            {viewer.permissions.includes('sso.manage') && (
              <Section
                id="single-sign-on"
                title="Single sign-on"
                text="People sign in with the identity provider of your company, which can also add and remove them."
              >
                <div className="flex flex-wrap gap-2">
                  <Link to="/settings/single-sign-on" className={linkButton}>
                    <Fingerprint size={14} aria-hidden="true" /> Identity providers
                  </Link>
                  <Link to="/settings/provisioning" className={linkButton}>
                    <RefreshCw size={14} aria-hidden="true" /> Provisioning
                  </Link>
                </div>
              </Section>
            )}
            {viewer.user && viewer.permissions.includes('organization.update') && (
              <Section
                id="copilot"
                title="Co-pilot"
                text="A model that proposes changes of pipelines. Nothing changes before somebody accepts it."
              >
                <CopilotSettings />
              </Section>
            )}
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
            {viewer.permissions.includes('api_key.read') && (
              <Section
                id="applications"
                title="Applications"
                text="Programs that use FlowMason for people who allow it (OAuth 2.0)."
              >
                <Link to="/settings/applications" className={linkButton}>
                  <AppWindow size={14} aria-hidden="true" /> Applications
                </Link>
              </Section>
            )}
            {viewer.permissions.includes('organization.update') && (
              <Section
                id="webhooks"
                title="Webhooks"
                text="Addresses to which events are sent, such as runs that have failed."
              >
                <Link to="/settings/webhooks" className={linkButton}>
                  <Webhook size={14} aria-hidden="true" /> Webhooks
                </Link>
              </Section>
            )}
            {viewer.permissions.includes('job.read') && (
              <Section id="jobs" title="Jobs" text="Background work, such as cancelling many runs.">
                <JobsLink />
              </Section>
            )}
            <Section id="explorer" title="API explorer" text="Try queries and subscriptions against this server.">
              <ExplorerButton />
            </Section>
            {viewer.user && (
              <Section
                id="granted"
                title="Access you have given"
                text="Applications that you have allowed to use FlowMason for you."
              >
                <GrantedApplications />
              </Section>
            )}
            {viewer.user && (
              <Section id="sessions" title="Sessions" text="Where you are signed in. End those that you do not know.">
                <Sessions />
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

/** A link to the jobs, with the number of failed ones. */
function JobsLink() {
  const { data } = useAnswer(JobsDocument, { first: MAX_COUNTED, after: null, status: 'FAILED' })
  const failed = data?.jobs.edges.length ?? 0
  return (
    <span className="flex flex-wrap items-center gap-3">
      <Link to="/jobs" className={linkButton}>
        <ListChecks size={14} aria-hidden="true" /> Failed jobs
      </Link>
      {data && (
        <span className={failed > 0 ? 'text-fail' : 'text-muted'}>
          {failed === 0 ? 'None failed' : `${failed}${data.jobs.pageInfo.hasNextPage ? ' or more' : ''} failed`}
        </span>
      )}
    </span>
  )
}

function OrganizationForm({ viewer }: { viewer: ViewerFieldsFragment }) {
  const change = useChange(UpdateProfileDocument, { inPlace: true })
  const may = viewer.permissions.includes('organization.update')
  const { at, rest } = fieldProblem(change.problem, { organizationName: 'The name' })
  const { errors, check, form } = useFormCheck({ organization: 'Enter the name of the organization.' })
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!check(event.currentTarget)) return
    const name = String(new FormData(event.currentTarget).get('organization')).trim()
    if (await change.run({ input: { organizationName: name } })) toast('Saved.')
  }
  return (
    <form {...form} onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
      <Field
        label="Name"
        error={errors['organization'] ?? (at['organizationName'] && <Ticked text={at['organizationName']} />)}
        hint={may ? undefined : 'Only owners and admins can change it.'}
      >
        {(ids) => (
          <Input {...ids} name="organization" required defaultValue={viewer.organization.name} disabled={!may} />
        )}
      </Field>
      {rest && <ErrorPanel title="Your changes were not saved" problem={rest} />}
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
