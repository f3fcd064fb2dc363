// The certificates with which a SAML provider signs: two while it replaces one.

import { type ReactNode, useState } from 'react'
import type { SamlCertificateFieldsFragment } from '@flowmason/graphql/people'
import { Ago, Button, Field, TextArea, useNow } from '@flowmason/ui'

interface Props {
  certificates: readonly SamlCertificateFieldsFragment[]
  error: ReactNode
}

/** The certificates in the form; null if they were not changed, so that those of new metadata count. */
export function readCertificates(form: FormData, known: readonly SamlCertificateFieldsFragment[]): string[] | null {
  const kept = form.getAll('keptCertificate').map(String)
  const added = String(form.get('certificates') ?? '')
    .split(/(?<=-----END CERTIFICATE-----)/)
    .map((each) => each.trim())
    .filter(Boolean)
  return added.length === 0 && kept.length === known.length ? null : [...kept, ...added]
}

export function SamlCertificates({ certificates, error }: Props) {
  const [removed, setRemoved] = useState<readonly string[]>([])
  const now = useNow(true, 'slow')
  const kept = certificates.filter((each) => !removed.includes(each.fingerprint))
  // The first ones come with the metadata.
  if (certificates.length === 0) return null
  return (
    <div className="flex flex-col gap-2">
      {kept.length > 0 && (
        <ul aria-label="Certificates of the provider" className="flex flex-col gap-2">
          {kept.map((each) => (
            <li
              key={each.fingerprint}
              className="flex items-center gap-2 rounded-control border border-line px-2.5 py-1.5"
            >
              <input type="hidden" name="keptCertificate" value={each.pem} />
              <p className="min-w-0 flex-1 text-xs">
                <code className="break-all">{each.fingerprint}</code>
                <span className={Date.parse(each.notAfter) < now ? 'block text-fail' : 'block text-muted'}>
                  {Date.parse(each.notAfter) < now ? 'Expired ' : 'Expires '}
                  <Ago at={each.notAfter} />
                </span>
              </p>
              <Button
                variant="quiet"
                aria-label={`Remove the certificate ${each.fingerprint.slice(0, 11)}`}
                onClick={() => setRemoved([...removed, each.fingerprint])}
              >
                Remove
              </Button>
            </li>
          ))}
        </ul>
      )}
      <Field
        label="Another certificate"
        error={error}
        hint="In PEM. Before the provider replaces its certificate, enter the next one here: both count until you remove the old one."
      >
        {(ids) => <TextArea {...ids} name="certificates" rows={2} className="font-mono" spellCheck={false} />}
      </Field>
    </div>
  )
}
