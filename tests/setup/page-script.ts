/** A module and all that it imports as one script, for a page. */
import { build } from 'vite';

/** @param entry path of the module */
export async function pageScript(entry: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { 'simple-peer': 'simple-peer/simplepeer.min.js' } },
    build: { write: false, lib: { entry, formats: ['iife'], name: 'synodScript' } },
  });
  const [output] = [built].flat();
  if (!output || !('output' in output)) throw new Error(`${entry} was not built`);
  return output.output[0].code;
}
