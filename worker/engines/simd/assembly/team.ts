/**
 * Threads on one memory, each in an instance of its own. Work comes as phases of units: whoever is there takes the next
 * unit, and who ends a phase's last one begins the next phase. Which thread does what never matters to the result, and
 * no phase waits for a thread that is late: it finds nothing left to do.
 */
import { TEAM } from './layout';
import { advance, perform } from './step';

// Words that one thread writes and others read often lie on cache lines of their own.
/** From the top: number of the phase (32 bits), its units (16), the next one (16). A phase of no units is the end of a call. */
const TICKET: usize = TEAM;
/** The upper half of TICKET: what waits for the next phase waits for this word to change. */
const PHASE: usize = TICKET + 4;
const DONE: usize = TEAM + 64;
/** Calls so far: helpers wait for this word to change. */
const CALLS: usize = TEAM + 128;
/** Helpers that the call still wants. */
const SEATS: usize = TEAM + 192;
const CLOSED: usize = TEAM + 256;
/** A thread that broke off within a unit, which will never be done. */
const FAILED: usize = TEAM + 260;

/** From a word that is waited for to the count of threads that sleep until it changes. */
const SLEEPERS: usize = 8;
/** The count of helpers that sleep until the next call. */
export const SLEEPING_HELPERS: usize = CALLS + SLEEPERS;

/** Looks before a thread sleeps: some 30 µs, about what it costs to wake it. */
const LOOKS: i32 = 70_000;

/** Runs a call, this thread and up to `helpers` others, from a first phase of `units`, until a phase has none. */
export function runCall(units: i32, helpers: i32): void {
  atomic.store<i32>(SEATS, helpers);
  beginPhase(units);
  if (helpers > 0) {
    atomic.add<i32>(CALLS, 1);
    wake(CALLS, helpers);
  }
  takePart();
}

/** Between the phases of a call by `advance` alone. */
export function beginPhase(units: i32): void {
  atomic.store<i32>(DONE, 0);
  const phase = (atomic.load<u64>(TICKET) >> 32) + 1;
  atomic.store<u64>(TICKET, (phase << 32) | ((<u64>units) << 16));
  wake(PHASE, i32.MAX_VALUE);
}

/** Of a helper thread: does its part of each call, and comes back after `dismiss`. */
export function serveCalls(): void {
  let call = atomic.load<i32>(CALLS);
  while (atomic.load<i32>(CLOSED) == 0) {
    call = waitForChange(CALLS, call);
    if (atomic.sub<i32>(SEATS, 1) > 0) takePart();
  }
}

/** What a thread that cannot go on says: those who would wait for it break off, too. */
export function fail(): void {
  atomic.store<i32>(FAILED, 1);
  atomic.add<u64>(TICKET, 1 << 32);
  wake(PHASE, i32.MAX_VALUE);
}

/** Sends all helpers home. */
export function dismiss(): void {
  atomic.store<i32>(CLOSED, 1);
  atomic.store<i32>(SEATS, 0);
  atomic.add<i32>(CALLS, 1);
  wake(CALLS, i32.MAX_VALUE);
}

function takePart(): void {
  while (true) {
    const ticket = atomic.add<u64>(TICKET, 1);
    // after the ticket: one of the phase that `fail` begins is waited for in vain
    if (atomic.load<i32>(FAILED) != 0) unreachable();
    const unit = <i32>(ticket & 0xffff);
    const units = <i32>((ticket >> 16) & 0xffff);
    if (units == 0) return;
    if (unit >= units) {
      waitForChange(PHASE, <i32>(ticket >> 32));
    } else {
      perform(unit);
      if (atomic.add<i32>(DONE, 1) + 1 == units) advance();
    }
  }
}

function waitForChange(word: usize, seen: i32): i32 {
  let now = seen;
  for (let look = 0; look < LOOKS; look++) {
    now = atomic.load<i32>(word);
    if (now != seen) return now;
  }
  atomic.add<i32>(word + SLEEPERS, 1);
  while (now == seen) {
    atomic.wait<i32>(word, seen, -1);
    now = atomic.load<i32>(word);
  }
  atomic.sub<i32>(word + SLEEPERS, 1);
  return now;
}

/** To be called after the word has changed. */
function wake(word: usize, count: i32): void {
  if (atomic.load<i32>(word + SLEEPERS) > 0) atomic.notify(word, count);
}
