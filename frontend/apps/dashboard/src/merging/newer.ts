// A draft is known from two places: from what was loaded, and from a change that met those of others.

import type { Known } from '../editing/sync.ts'

export function newer(moved: Known | undefined, loaded: Known | undefined): Known | undefined {
  if (!moved || !loaded) return moved ?? loaded
  return loaded.revision > moved.revision ? loaded : moved
}
