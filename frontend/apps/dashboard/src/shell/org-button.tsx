import type { ButtonHTMLAttributes, Ref } from 'react'
import { ChevronDown } from 'lucide-react'
import { Mark } from '@flowmason/ui'

/** Shows the organization's name and opens its menu. */
export function OrgButton({
  name,
  ...rest
}: { name: string; ref?: Ref<HTMLButtonElement> } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button
      type="button"
      aria-label={`${name}: organization and your settings`}
      {...rest}
      className="flex h-8 w-full items-center gap-2.5 rounded-control px-2 hover:bg-raise max-md:h-9 max-md:w-auto max-md:max-w-full md:max-lg:justify-center"
    >
      <Mark size={20} />
      <span className="min-w-0 flex-1 truncate text-left font-semibold md:max-lg:hidden">{name}</span>
      <ChevronDown size={14} className="text-muted md:max-lg:hidden" aria-hidden="true" />
    </button>
  )
}
