// What became of imported files: those that were refused with their problems, and, of several, those that were stored.

import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import { ErrorPanel, IconButton } from '@flowmason/ui'
import { count } from '../lib/words.ts'
import { FileProblems } from '../pipeline/file-problems.tsx'
import { plainLink } from './list.tsx'
import type { FileResult } from './use-import-files.ts'

/** The results of one file or several; nothing for a single file that was stored, whose page is opened. */
export function ImportResults({ results, onClose }: { results: readonly FileResult[]; onClose?: () => void }) {
  const stored = results.flatMap((each) => (each.kind === 'stored' ? [each] : []))
  const several = results.length > 1
  if (results.length === stored.length && !several) return null
  return (
    <section aria-label="Imported files" className="flex flex-col gap-3">
      {several && (
        <div role="status" className="flex items-start gap-2 rounded-float border border-line bg-panel px-4 py-2.5">
          <div className="min-w-0 flex-1">
            <p>
              {count(stored.length, 'pipeline')} created from {count(results.length, 'file')}.
            </p>
            {stored.length > 0 && (
              <ul className="flex flex-wrap gap-x-3 pt-1">
                {stored.map(({ id, name }) => (
                  <li key={id}>
                    <Link to="/pipelines/$pipelineId" params={{ pipelineId: id }} className={plainLink}>
                      {name}
                    </Link>
                  </li>
                ))}
              </ul>
            )}
          </div>
          {onClose && (
            <IconButton label="Close" onClick={onClose}>
              <X size={14} aria-hidden="true" />
            </IconButton>
          )}
        </div>
      )}
      {results.map((each, at) =>
        each.kind === 'refused' ? (
          <ErrorPanel
            key={`${at} ${each.name}`}
            title={several ? `${each.name} was not imported` : 'The file was not imported'}
            problem={each.problem}
          />
        ) : each.kind === 'invalid' ? (
          <FileProblems key={`${at} ${each.file.text}`} file={each.file} problems={each.problems} />
        ) : null,
      )}
    </section>
  )
}
