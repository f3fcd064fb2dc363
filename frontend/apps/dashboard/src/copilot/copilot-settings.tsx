// The setting of the organization: whether members may ask the co-pilot, and which model answers.

import { ErrorPanel, Loading, Skeleton } from '@flowmason/ui'
import { api } from '../api.ts'
import { useReading } from '../lib/reading.ts'
import { readSettings, saveSettings } from './link.ts'
import { SettingsForm } from './settings-form.tsx'

const readOwn = () => readSettings(api)

export function CopilotSettings() {
  const { data, problem, refetch } = useReading(readOwn)
  if (!data && problem)
    return <ErrorPanel title="The setting could not be loaded" problem={problem} onRetry={refetch} />
  if (!data)
    return (
      <Loading label="Loading the setting">
        <Skeleton className="h-14 rounded-float" />
      </Loading>
    )
  return <SettingsForm settings={data} onSave={(input) => saveSettings(api, input)} />
}
