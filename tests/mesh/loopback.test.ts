import { LoopbackHub, type LoopbackSource } from '../../src/lib/mesh/loopback.ts';
import { meshContract } from './contract.ts';

meshContract('the links within one page', () => {
  const hub = new LoopbackHub();
  const sources: LoopbackSource[] = [];
  return {
    source: ({ id }) => {
      const source = hub.source(id);
      sources.push(source);
      return source;
    },
    sever: () => sources.forEach((source) => source.sever()),
  };
});
