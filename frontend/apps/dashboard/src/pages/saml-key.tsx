// The certificate of this server's key at a SAML provider, and its renewal: a new key, and later no old one any more.

import { useState } from 'react'
import { KeyRound } from 'lucide-react'
import {
  CreateSamlKeyDocument,
  RemoveOldSamlKeyDocument,
  type SamlCertificateFieldsFragment,
  type SamlFieldsFragment,
} from '@flowmason/graphql/people'
import { Ago, Button, Note, useNow } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { expiresSoon } from '../lib/saml-words.ts'
import { useChange } from '../lib/use-change.ts'
import { CopiedLine } from './copied-line.tsx'

interface Props {
  /** The provider's id. */
  id: string
  saml: SamlFieldsFragment
}

export function SamlKey({ id, saml }: Props) {
  const create = useChange(CreateSamlKeyDocument)
  const remove = useChange(RemoveOldSamlKeyDocument)
  // The form has the provider as it was when the form was opened.
  const [changed, setChanged] = useState<SamlFieldsFragment | null>()
  const [sure, setSure] = useState(false)
  const { serviceCertificate: current, nextServiceCertificate: next } = changed ?? saml
  const renew = async () => {
    const done = await create.run({ input: { id } })
    if (done) setChanged(done.createSamlKey.provider.saml)
  }
  const removeOld = async () => {
    const done = await remove.run({ input: { id } })
    if (!done) return
    setSure(false)
    setChanged(done.removeOldSamlKey.provider.saml)
    toast('The old key was removed.')
  }
  return (
    <div className="flex flex-col gap-2">
      <Line name={next ? 'Old certificate' : 'Certificate'} certificate={current} />
      {next ? (
        <>
          <Line name="New certificate" certificate={next} />
          <Note tone="muted" icon={<KeyRound size={15} aria-hidden="true" />}>
            Both are in our metadata, and the provider may encrypt with either. Enter the new one there, or let it read
            the metadata again. Then remove the old key here: from then on, requests are signed with the new one.
          </Note>
          <div className="flex flex-wrap gap-2">
            {sure ? (
              <>
                <Button variant="danger" busy={remove.busy} onClick={() => void removeOld()}>
                  Remove the old key
                </Button>
                <Button variant="quiet" onClick={() => setSure(false)}>
                  Keep it
                </Button>
              </>
            ) : (
              <Button onClick={() => setSure(true)}>Remove the old key …</Button>
            )}
          </div>
        </>
      ) : (
        <div>
          <Button variant="quiet" busy={create.busy} onClick={() => void renew()}>
            New key
          </Button>
        </div>
      )}
    </div>
  )
}

function Line({ name, certificate }: { name: string; certificate: SamlCertificateFieldsFragment }) {
  const now = useNow(true, 'slow')
  return (
    <div>
      <CopiedLine
        name={name}
        text={certificate.fingerprint}
        value={certificate.pem}
        copy={`Copy the ${name.toLowerCase()} in PEM`}
      />
      <p className={expiresSoon(certificate.notAfter, now) ? 'mt-1 text-xs text-fail' : 'mt-1 text-xs text-muted'}>
        {Date.parse(certificate.notAfter) < now ? 'Expired ' : 'Expires '}
        <Ago at={certificate.notAfter} />
      </p>
    </div>
  )
}
