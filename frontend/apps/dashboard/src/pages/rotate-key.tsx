// Rotates an API key: asks how long the old key stays valid, and shows the new one once.

import { type FormEvent, useState } from 'react'
import { type ApiKeyFieldsFragment, RotateApiKeyDocument } from '@flowmason/graphql/people'
import { Button, Dialog, ErrorPanel, Field, Select } from '@flowmason/ui'
import { useChange } from '../lib/use-change.ts'
import { SecretDialog } from './secret-dialog.tsx'

const HOUR = 3600
const overlaps: readonly [number, string][] = [
  [0, 'Not at all'],
  [HOUR, '1 hour'],
  [24 * HOUR, '1 day'],
  [7 * 24 * HOUR, '7 days'],
  [30 * 24 * HOUR, '30 days'],
]

export function RotateKey({ apiKey, onClose }: { apiKey: ApiKeyFieldsFragment; onClose: () => void }) {
  const rotate = useChange(RotateApiKeyDocument, { inPlace: true })
  const [secret, setSecret] = useState<string>()
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const overlapSeconds = Number(new FormData(event.currentTarget).get('overlap'))
    const done = await rotate.run({ input: { id: apiKey.id, overlapSeconds } })
    if (done) setSecret(done.rotateApiKey.secret)
  }
  if (secret) {
    return (
      <SecretDialog
        title={`The new key for ${apiKey.name}`}
        secret={secret}
        copy="Copy the key"
        done="I have saved it"
        testId="secret"
        onClose={onClose}
      >
        This is the only time the key is shown. Store it where your program can read it.
      </SecretDialog>
    )
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Rotate ${apiKey.name}?`}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button variant="primary" type="submit" form="rotate-key" busy={rotate.busy}>
            Create the new key
          </Button>
        </>
      }
    >
      <form id="rotate-key" onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
        <p>The new key has the same name, permissions, grants, networks and lifetime.</p>
        <Field label="The old key keeps working" hint="Time to give every program the new key.">
          {(ids) => (
            <Select {...ids} name="overlap" defaultValue={24 * HOUR}>
              {overlaps.map(([seconds, label]) => (
                <option key={seconds} value={seconds}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {rotate.problem && <ErrorPanel title="The key was not rotated" problem={rotate.problem} />}
      </form>
    </Dialog>
  )
}
