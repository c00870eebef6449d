/** What a server counts of itself since it began, and how it says it to Prometheus. */
import type { BusStatus } from './bus.ts';

/** How often, by a label of a closed set: nothing that a stranger chooses may become one. */
export type Tally = Map<string, number>;

export interface Counts {
  /** Messages heard, by type; `malformed` made no sense, `dropped` came too fast. */
  readonly messages: Tally;
  /** Errors told to tabs, by their name. */
  readonly refusals: Tally;
  /** Connections that were ended by us, by why. */
  readonly hangUps: Tally;
  /** WebSockets taken. */
  connections: number;
  relayedBytes: number;
  busMessagesBad: number;
}

export function createCounts(): Counts {
  return {
    messages: new Map(),
    refusals: new Map(),
    hangUps: new Map(),
    connections: 0,
    relayedBytes: 0,
    busMessagesBad: 0,
  };
}

export function count(tally: Tally, label: string): void {
  tally.set(label, (tally.get(label) ?? 0) + 1);
}

/** How it stands at the moment. */
export interface Levels {
  readonly rooms: number;
  readonly members: number;
  readonly sockets: number;
  /** Bytes that wait for tabs to read them. */
  readonly waitingBytes: number;
  readonly bus: BusStatus;
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly value: number | Readonly<Record<string, Tally>>;
}

/** Prometheus' text format, version 0.0.4. */
export function metricsText(counts: Counts, levels: Levels): string {
  return metricsOf(counts, levels).map(linesOf).join('');
}

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

function metricsOf(
  counts: Counts,
  { rooms, members, sockets, waitingBytes, bus }: Levels,
): Metric[] {
  const { heapUsed, rss } = process.memoryUsage();
  const gauge = (name: string, help: string, value: number): Metric => ({
    name,
    help,
    type: 'gauge',
    value,
  });
  const counter = (name: string, help: string, value: Metric['value']): Metric => ({
    name,
    help,
    type: 'counter',
    value,
  });
  return [
    gauge('synod_rooms', 'Rooms known to this process', rooms),
    gauge('synod_members', 'Members of them whose tab is connected, to whichever process', members),
    gauge('synod_sockets', 'WebSockets open at this process', sockets),
    gauge('synod_waiting_bytes', 'Bytes waiting for tabs to read them', waitingBytes),
    counter('synod_connections_total', 'WebSockets taken', counts.connections),
    counter('synod_messages_total', 'Messages heard', { type: counts.messages }),
    counter('synod_refusals_total', 'Errors told to tabs', { reason: counts.refusals }),
    counter('synod_hang_ups_total', 'Connections ended by the server', { reason: counts.hangUps }),
    counter(
      'synod_relayed_bytes_total',
      'Bytes passed on for pairs that no network connects',
      counts.relayedBytes,
    ),
    gauge('synod_bus_connected', 'Whether other processes would be reached', Number(bus.connected)),
    gauge('synod_bus_others', 'Other processes heard of lately', bus.others),
    counter(
      'synod_bus_malformed_total',
      'Messages of other processes that made no sense',
      counts.busMessagesBad,
    ),
    gauge('process_resident_memory_bytes', 'Memory of the process', rss),
    gauge('nodejs_heap_size_used_bytes', 'Memory of its JavaScript', heapUsed),
  ];
}

function linesOf({ name, help, type, value }: Metric): string {
  const samples =
    typeof value === 'number'
      ? [`${name} ${value}`]
      : Object.entries(value).flatMap(([label, tally]) =>
          [...tally].map(([key, times]) => `${name}{${label}="${key}"} ${times}`),
        );
  return [`# HELP ${name} ${help}.`, `# TYPE ${name} ${type}`, ...samples, ''].join('\n');
}
