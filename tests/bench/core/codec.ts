import type { BenchOptions, Row } from './measure.ts';
export function measureCodec(_o: BenchOptions): Row[] {
  return [];
}
