/** All that the screen of a running room is given, published whole. */
import type {
  CommandLine,
  EventLine,
  FlightView,
  LeverView,
  LinkFaultView,
  LobbyMember,
  RoomHeader,
  SeatView,
  StoreEntry,
  Vitals,
} from '../view/types.ts';

export interface RoomView {
  readonly header: RoomHeader;
  readonly seats: readonly SeatView[];
  readonly flights: readonly FlightView[];
  readonly events: readonly EventLine[];
  readonly commands: readonly CommandLine[];
  readonly store: readonly StoreEntry[];
  /** Whose state `store` is, in words; empty: one's own replica's. */
  readonly storeOf: string;
  readonly levers: readonly LeverView[];
  /** The faults of this tab's own links. */
  readonly faults: readonly LinkFaultView[];
  readonly members: readonly LobbyMember[];
  readonly vitals: Vitals;
}
