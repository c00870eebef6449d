/** The probe as one script. */
import { fileURLToPath } from 'node:url';
import { pageScript } from '../../setup/page-script.ts';

/** To run in a page before the page's own. */
export const probeScript = (): Promise<string> =>
  pageScript(fileURLToPath(new URL('install.ts', import.meta.url)));
