import type { ButtonHTMLAttributes, Ref } from 'react'
import { ChevronDown } from 'lucide-react'
import { Mark } from '@flowmason/ui'

/** Says in whose house one is; opens the menu. */
export function OrgButton({
  name,
  ...rest
}: { name: string; ref?: Ref<HTMLButtonElement> } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button
      type="button"
      aria-label={`${name}: organization and your settings`}
      {...rest}
      className="flex h-8 w-full items-center gap-2.5 rounded-control px-2 hover:bg-raise max-lg:justify-center"
    >
      <Mark size={20} />
      <span className="min-w-0 flex-1 truncate text-left font-semibold max-lg:hidden">{name}</span>
      <ChevronDown size={14} className="text-muted max-lg:hidden" aria-hidden="true" />
    </button>
  )
}
