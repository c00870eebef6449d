/** Colours that carry a meaning. Each is a token of app.css, so that light and dark stay one decision. */

/** How many colours terms go through before they repeat: ColorBrewer's Set2, as RaftScope uses it. */
export const termColours = 6;

/** The fill of `term`. Term 0 has no leader and no colour. */
export function termColour(term: number): string {
  if (term <= 0) return 'var(--term-none)';
  return `var(--term-${(term - 1) % termColours})`;
}
