/** The probe as one script. */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const entry = fileURLToPath(new URL('install.ts', import.meta.url));

/** To run in a page before the page's own. */
export async function probeScript(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, lib: { entry, formats: ['iife'], name: 'synodProbe' } },
  });
  const [output] = [built].flat();
  if (!output || !('output' in output)) throw new Error('the probe was not built');
  return output.output[0].code;
}
