// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { TipProvider } from '@flowmason/ui'
import { afterEach, expect, test, vi } from 'vitest'
import type { Settings } from './link.ts'
import { SettingsForm } from './settings-form.tsx'

afterEach(cleanup)

const settings: Settings = {
  enabled: true,
  provider: null,
  model: null,
  dailyBudgetUsd: null,
  providers: ['one', 'two'],
}
type Save = Parameters<typeof SettingsForm>[0]['onSave']

function show(part: Partial<Settings> = {}, answer?: Awaited<ReturnType<Save>>) {
  const save = vi.fn<Save>(() => Promise.resolve(answer ?? { data: { ...settings, ...part } }))
  render(
    <TipProvider>
      <SettingsForm settings={{ ...settings, ...part }} onSave={save} />
    </TipProvider>,
  )
  return save
}

test('it is turned off, with another provider and model', () => {
  const save = show()
  fireEvent.click(screen.getByRole('checkbox'))
  fireEvent.change(screen.getByLabelText('Provider'), { target: { value: 'two' } })
  fireEvent.change(screen.getByLabelText('Model'), { target: { value: ' large ' } })
  const budget = screen.getByLabelText('Budget of 24 hours, in dollars')
  fireEvent.change(budget, { target: { value: 'much' } })
  fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  expect(screen.getByText(/Enter an amount/)).toBeTruthy()
  fireEvent.change(budget, { target: { value: '2.5' } })
  fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  expect(save).toHaveBeenCalledWith({ enabled: false, provider: 'two', model: 'large', dailyBudgetUsd: 2.5 })
})

test('the defaults of the server are sent as nothing', () => {
  const save = show({ provider: 'one', model: 'large', dailyBudgetUsd: 3 })
  fireEvent.change(screen.getByLabelText('Provider'), { target: { value: '' } })
  fireEvent.change(screen.getByLabelText('Model'), { target: { value: '' } })
  fireEvent.change(screen.getByLabelText('Budget of 24 hours, in dollars'), { target: { value: '' } })
  fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  expect(save).toHaveBeenCalledWith({ enabled: true, provider: null, model: null, dailyBudgetUsd: null })
})

test('a provider that the server no longer has is shown, and a server without any says so', () => {
  show({ provider: 'gone' })
  expect(screen.getByRole('option', { name: 'gone (no longer there)' })).toBeTruthy()
  cleanup()
  show({ enabled: false, providers: [] })
  expect(screen.getByText(/no provider of models/)).toBeTruthy()
  expect(screen.queryByLabelText('Model')).toBeNull()
})

test('a refusal is shown at its field', async () => {
  const problem = { code: 'INVALID_INPUT', field: 'model', message: 'There is no such model.' }
  show({}, { problem })
  fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  expect(await screen.findByText('There is no such model.')).toBeTruthy()
  expect(screen.getByLabelText('Model').getAttribute('aria-invalid')).toBe('true')
})
