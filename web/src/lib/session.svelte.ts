// What all pages share: names, language of the names, theme, versions.
import { flushSync } from 'svelte';
import * as api from './api';
import { route } from './router.svelte';

export const languages = ['en', 'zh', 'ja', 'de', 'fr'] as const;
export type Language = (typeof languages)[number];
export type Theme = 'light' | 'dark';

const systemDark = matchMedia('(prefers-color-scheme: dark)');
const print = matchMedia('print');

class Session {
  units = $state.raw<ReadonlyMap<string, api.UnitRow>>(new Map());
  countries = $state.raw<ReadonlyMap<string, string>>(new Map());
  version = $state.raw<api.Version | null>(null);
  #chosen = $state<Theme | null>(stored());
  #system = $state<Theme>(systemDark.matches ? 'dark' : 'light');
  /** a change of the answer, for screen readers */
  announcement = $state('');

  /** on paper: light, and as wide as the paper */
  printing = $state(print.matches);

  constructor() {
    print.addEventListener('change', (e) => {
      this.printing = e.matches;
      flushSync();
    });
    systemDark.addEventListener('change', (e) => {
      this.#system = e.matches ? 'dark' : 'light';
    });
  }

  get theme(): Theme {
    return this.#chosen ?? this.#system;
  }

  get language(): Language {
    return languages.find((l) => l === route.query.get('lang')) ?? 'en';
  }

  toggleTheme(): void {
    this.#chosen = this.theme === 'dark' ? 'light' : 'dark';
    try {
      localStorage.setItem('theme', this.#chosen);
    } catch {
      // A browser may forbid storage; the choice then lasts as long as the page.
    }
  }

  async load(): Promise<void> {
    const [units, countries, version] = await Promise.all([api.units(), api.countries(), api.version()]);
    this.units = new Map(units.map((u) => [u.commodity, u]));
    this.countries = new Map(countries.map((c) => [c.country, c.name]));
    this.version = version;
  }

  /** how many units bear a name: several stages, or a group such as the rare earths, may share one */
  #bearers = $derived.by(() => {
    const count = new Map<string, number>();
    for (const unit of this.units.values()) {
      const name = unit[`name_${this.language}`];
      count.set(name, (count.get(name) ?? 0) + 1);
    }
    return count;
  });

  /** name of a mineral in the chosen language; a name that several share is followed by the unit's own */
  name(commodity: string): string {
    const unit = plain(commodity);
    const name = this.language === 'en' ? '' : (this.units.get(commodity)?.[`name_${this.language}`] ?? '');
    if (name === '') return unit.charAt(0).toUpperCase() + unit.slice(1);
    return (this.#bearers.get(name) ?? 0) > 1 ? `${name} (${unit})` : name;
  }

  country(code: string): string {
    return this.countries.get(code) ?? code;
  }
}

function stored(): Theme | null {
  try {
    const theme = localStorage.getItem('theme');
    return theme === 'light' || theme === 'dark' ? theme : null;
  } catch {
    return null;
  }
}

/** plain writes an identifier such as integrated-circuits as words. */
export function plain(identifier: string): string {
  return identifier.replaceAll('-', ' ');
}

export const session = new Session();

/** within keeps the language when a link leads to another page. */
export function within(path: string, query: URLSearchParams = new URLSearchParams()): string {
  if (session.language !== 'en') query.set('lang', session.language);
  const text = query.toString().replaceAll('%2C', ',');
  return text === '' ? path : `${path}?${text}`;
}
