import { element, find } from './element.ts';
import { ago, tell } from './journey.ts';
import type { Journey } from './journey.ts';

/** How far an answer came: `made` and `kept` answered, `passed` handed it on, `spared` was not needed. */
type Part = 'made' | 'kept' | 'old' | 'passed' | 'spared' | 'absent';

interface Stop {
  part: Part;
  name: string;
  did: string;
}

const absent: Stop = { part: 'absent', name: '–', did: 'not on this way' };

function stops({ kept, edge, cache, replica, ageSeconds, tookMs }: Journey): Record<string, Stop> {
  const fromCache = cache !== undefined && cache.outcome !== 'miss';
  const spared = (name: string): Stop => ({ part: 'spared', name, did: 'not asked' });
  if (kept) {
    return {
      browser: { part: 'kept', name: 'you', did: 'still had it' },
      edge: edge ? spared(edge) : absent,
      cache: cache ? spared(cache.name) : absent,
      replica: replica ? { part: 'spared', name: replica, did: 'made it earlier' } : absent,
    };
  }
  const cacheDid = { hit: 'had it ready', stale: 'had an older copy', miss: 'did not have it' };
  const cacheParts: Record<string, Part> = { hit: 'kept', stale: 'old', miss: 'passed' };
  return {
    browser: { part: 'passed', name: 'you', did: `waited ${Math.max(1, Math.round(tookMs))} ms` },
    edge: edge ? { part: cache || replica ? 'passed' : 'made', name: edge, did: 'unlocked HTTPS' } : absent,
    cache: cache ? { part: cacheParts[cache.outcome]!, name: cache.name, did: cacheDid[cache.outcome] } : absent,
    replica: replica
      ? {
          part: fromCache ? 'spared' : 'made',
          name: replica,
          did: fromCache ? `made it ${ago(ageSeconds)}` : 'made it just now',
        }
      : absent,
  };
}

/** Draws the way of an answer into the page’s chain. @param what the subject of the sentence: `This answer` */
export function showJourney(journey: Journey, what: string): void {
  const section = find<HTMLElement>('.journey');
  for (const [name, { part, name: label, did }] of Object.entries(stops(journey))) {
    const stop = find<HTMLElement>(`[data-stop=${name}]`, section);
    stop.dataset['part'] = part;
    find('strong', stop).textContent = label;
    find('.did', stop).textContent = did;
  }
  find('.tale', section).textContent = tell(journey, what);
  find('.headers', section).replaceChildren(
    ...journey.headers.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
  );
  section.dataset['state'] = 'told';
}
