// The state of the run dialog: the open tab, the values of the form, and the JSON.

import { useMemo, useState } from 'react'
import { faultWords, readJson } from '../lib/json-text.ts'
import { type FormValues, REQUIRED, formFields, readForm, toValues } from '../lib/run-form.ts'

/** What the form shows of a version. */
export interface VersionInput {
  inputSchema?: unknown
  sampleInput?: unknown
}

/**
 * The version can change while the dialog is open, because environments run different ones. What was typed stays, by
 * the names of the fields.
 */
export function useRunForm(version: VersionInput, given: unknown, tooLong: boolean) {
  const first = given === undefined ? version.sampleInput : given
  const fields = useMemo(() => formFields(version.inputSchema, first), [version, first])
  const taken = useMemo(
    () => (given === undefined ? undefined : toValues(fields, given, version.inputSchema)),
    [fields, given, version],
  )
  const [chosen, setTab] = useState(
    tooLong ? 'file' : fields.length > 0 && (given === undefined || taken) ? 'form' : 'json',
  )
  const tab = chosen === 'form' && fields.length === 0 ? 'json' : chosen
  const [values, setValues] = useState<FormValues>(taken?.values ?? {})
  /** Properties of the JSON without a field; they are merged with the form's values. */
  const [rest, setRest] = useState<Record<string, unknown>>(taken?.rest ?? {})
  const [errors, setErrors] = useState<Record<string, string>>({})
  const [typed, setJson] = useState<string>()
  const json = typed ?? JSON.stringify(first ?? {}, null, 2)
  const [jsonError, setJsonError] = useState<string>()
  /** The input as typed; undefined if it is invalid, and then the errors give the reason. */
  const read = (): { input: unknown } | undefined => {
    if (tab === 'json') {
      const found = readJson(json)
      setJsonError('fault' in found ? faultWords(found.fault) : undefined)
      return 'fault' in found ? undefined : { input: found.value }
    }
    const found = readForm(fields, values, version.inputSchema)
    setErrors(found.errors)
    return Object.keys(found.errors).length > 0 ? undefined : { input: { ...rest, ...found.input } }
  }
  /**
   * Opens another tab. Values are carried over between the form and the JSON, so that no edit is lost; false if that is
   * not possible.
   */
  const change = (next: string): boolean => {
    if (next === 'json' && tab === 'form') {
      const found = readForm(fields, values, version.inputSchema)
      setErrors(found.errors)
      // Invalid values must be fixed in the tab where they were typed.
      if (Object.values(found.errors).some((error) => error !== REQUIRED)) return false
      setJson(JSON.stringify({ ...rest, ...found.input }, null, 2))
      setJsonError(undefined)
    }
    if (next === 'form' && tab !== 'form' && !takeJson()) {
      setTab('json')
      return false
    }
    setTab(next)
    return true
  }
  const takeJson = (): boolean => {
    const parsed = readJson(json)
    if ('fault' in parsed) {
      setJsonError(faultWords(parsed.fault, 'This is not valid JSON, so the form cannot show it'))
      return false
    }
    const found = toValues(fields, parsed.value, version.inputSchema)
    if (!found) {
      setJsonError('The form needs a JSON object. Your text is kept here.')
      return false
    }
    setValues(found.values)
    setRest(found.rest)
    setErrors({})
    setJsonError(undefined)
    return true
  }
  const setValue = (name: string, value: FormValues[string]) => setValues((before) => ({ ...before, [name]: value }))
  return { tab, open: setTab, change, fields, values, setValue, rest, errors, json, setJson, jsonError, read }
}
