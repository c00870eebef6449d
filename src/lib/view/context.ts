/** The one {@link App} of this page, for every route. */
import { getContext, setContext } from 'svelte';
import type { App } from './app.svelte.ts';

const key = Symbol('app');

export const setApp = (app: App): App => setContext(key, app);
export const getApp = (): App => getContext<App>(key);
