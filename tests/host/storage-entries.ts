/** Writes as short to read as a test wants them. */
import type { Json, Write } from '#protocols/core/replica.ts';

export const put = (key: string, value: Json): Write => ({ type: 'put', key, value });
export const deleteRange = (from: string, to: string): Write => ({ type: 'deleteRange', from, to });
export const entry = (index: number): string => `log/${String(index).padStart(16, '0')}`;
