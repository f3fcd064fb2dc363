// The form for the person's locale and time zone. Without a choice, those of the browser are used.

import { type FormEvent } from 'react'
import { UpdateProfileDocument, type ViewerFieldsFragment } from '@flowmason/graphql'
import { Button, ErrorPanel, Field, Select } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { localeChoices, localeName, zoneChoices } from '../lib/regions.ts'
import { useChange } from '../lib/use-change.ts'

const browserZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone

export function RegionForm({ user }: { user: NonNullable<ViewerFieldsFragment['user']> }) {
  const change = useChange(UpdateProfileDocument, { inPlace: true })
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const [locale, timeZone] = [String(form.get('locale') ?? ''), String(form.get('timeZone') ?? '')]
    if (await change.run({ input: { locale, timeZone } })) toast('Saved.')
  }
  return (
    <form onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
      <Field label="Language" hint="For dates and times, and for letters, which are in English or German.">
        {(ids) => (
          <Select {...ids} name="locale" defaultValue={user.locale ?? ''}>
            <option value="">As the browser ({localeName(navigator.language)})</option>
            {localeChoices(navigator.languages, user.locale).map((each) => (
              <option key={each.value} value={each.value}>
                {each.label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="Time zone">
        {(ids) => (
          <Select {...ids} name="timeZone" defaultValue={user.timeZone ?? ''}>
            <option value="">As the browser ({browserZone().replaceAll('_', ' ')})</option>
            {zoneChoices(Intl.supportedValuesOf('timeZone'), user.timeZone).map((each) => (
              <option key={each.value} value={each.value}>
                {each.label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {change.problem && <ErrorPanel title="Your changes were not saved" problem={change.problem} />}
      <div>
        <Button type="submit" busy={change.busy}>
          Save
        </Button>
      </div>
    </form>
  )
}
