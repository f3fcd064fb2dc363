// The mark of an environment other than development.

import type { Environment } from '@flowmason/graphql'
import { cx } from '@flowmason/ui'
import { environmentNames } from '../lib/environment-words.ts'

export const EnvironmentTag = ({ environment, className }: { environment: Environment; className?: string }) =>
  environment === 'DEVELOPMENT' ? null : (
    <span
      data-environment={environment}
      className={cx('shrink-0 rounded-[4px] border border-line2 px-1.5 text-2xs font-medium text-muted', className)}
    >
      {environmentNames[environment]}
    </span>
  )
