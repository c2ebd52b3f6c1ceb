import type { Event, Progress } from "../../model/event.ts";
import { type Change, isMoving, transferBytesOf } from "../../model/plan.ts";
import { formatReference } from "../../model/reference.ts";
import { createSpeedMeter, type SpeedMeter } from "./speed.ts";

/** A change that is being applied. */
export type InFlight = { readonly change: Change; readonly progress: Progress; readonly speed: SpeedMeter };

/** The state of a live display, updated by events. Only changes that move something are counted. */
export type ProgressState = {
  readonly update: (event: Event) => void;
  /** Samples all speeds. */
  readonly sample: (time: number) => void;
  readonly read: () => ProgressView;
};

export type ProgressView = {
  readonly done: number;
  readonly total: number;
  readonly doneBytes: number;
  /** An upper bound, which shrinks when bytes turn out to be present at the target. */
  readonly totalBytes: number;
  readonly speed: SpeedMeter;
  /** In the order in which they started. */
  readonly inFlight: readonly InFlight[];
};

const NOTHING: Progress = { doneBytes: 0, totalBytes: 0 };

export function createProgressState(): ProgressState {
  const inFlight = new Map<string, InFlight>();
  const speed = createSpeedMeter();
  let view = { done: 0, total: 0, finishedBytes: 0, totalBytes: 0 };

  const finish = (key: string, change: Change, transferred: number): void => {
    inFlight.delete(key);
    const unneeded = (transferBytesOf(change) ?? transferred) - transferred;
    view = {
      ...view,
      done: view.done + 1,
      finishedBytes: view.finishedBytes + transferred,
      totalBytes: view.totalBytes - unneeded,
    };
  };
  const doneBytes = (): number =>
    [...inFlight.values()].reduce((sum, { progress }) => sum + progress.doneBytes, view.finishedBytes);

  return {
    update: (event) => {
      if (event.type === "run.started") {
        view = { ...view, total: event.total, totalBytes: event.bytes };
      }
      if (!("change" in event) || !isMoving(event.change)) return;
      const key = formatReference(event.change.target);
      if (event.type === "change.finished") {
        finish(key, event.change, event.result.transferredBytes);
      } else {
        const known = inFlight.get(key) ?? { change: event.change, progress: NOTHING, speed: createSpeedMeter() };
        inFlight.set(key, event.type === "change.progress" ? { ...known, progress: event.progress } : known);
      }
    },
    sample: (time) => {
      speed.add(doneBytes(), time);
      for (const change of inFlight.values()) change.speed.add(change.progress.doneBytes, time);
    },
    read: () => {
      const bytes = doneBytes();
      const { done, total, totalBytes } = view;
      return {
        done,
        total: Math.max(total, done),
        doneBytes: bytes,
        totalBytes: Math.max(totalBytes, bytes),
        speed,
        inFlight: [...inFlight.values()],
      };
    },
  };
}
