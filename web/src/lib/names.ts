// Names of what lists name, in the language of the page, and where they lead.
import { plain, session, within } from './session.svelte';
import type { Material } from './topics';

/** materialName in the chosen language; English where there is none */
export function materialName(materials: ReadonlyMap<string, Material>, id: string): string {
  const x = materials.get(id);
  const name = (session.language === 'en' ? '' : x?.[`name_${session.language}`]) || x?.name_en || plain(id);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** units of a text such as "cobalt-chemicals; cobalt-metal" */
export function split(text: string): string[] {
  return text.split(';').map((s) => s.trim()).filter((s) => s !== '');
}

export function mineralAddress(unit: string): string {
  return within(`/mineral/${unit}`);
}

/** materialAddress leads to the unit that a material stands for, if it is one; to the first of several */
export function materialAddress(materials: ReadonlyMap<string, Material>, id: string): string | null {
  const unit = split(materials.get(id)?.commodities ?? '')[0];
  return unit ? mineralAddress(unit) : null;
}
