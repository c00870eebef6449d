/** Colours that carry a meaning. Each is a token of app.css, so that light and dark stay one decision. */

/** How many colours terms or views go through before they repeat: ColorBrewer's Set2, as RaftScope uses it. */
export const eraColours = 6;

/** The fill of a term or view, where `first` is the first that somebody may lead. Those before have no colour. */
export function eraColour(era: number | null, first: number): string {
  if (era === null || era < first) return 'var(--term-none)';
  return `var(--term-${(era - first) % eraColours})`;
}
