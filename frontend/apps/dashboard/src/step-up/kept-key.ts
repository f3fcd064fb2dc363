/** Where forms are kept in `sessionStorage`; apart, so that the frame loads the rest only if there are some. */
export const KEPT_FORMS = 'flowmason.kept-forms'
