// The world map: loaded only where one is shown.
import { MapChart } from 'echarts/charts';
import { GeoComponent } from 'echarts/components';
import * as core from 'echarts/core';
import { feature } from 'topojson-client';
import type { Topology, GeometryCollection } from 'topojson-specification';
import { alpha3 } from '../lib/iso';
import worldAddress from 'world-atlas/countries-110m.json?url';

let ready: Promise<void> | undefined;

/** load fetches the shapes of the countries once; they are named by ISO 3166 alpha-3. */
export function load(): Promise<void> {
  ready ??= (async () => {
    const response = await fetch(worldAddress);
    if (!response.ok) throw new Error(`world map: ${response.status}`);
    const topology = (await response.json()) as Topology<{ countries: GeometryCollection<{ name: string }> }>;
    const world = feature(topology, topology.objects.countries);
    core.use([MapChart, GeoComponent]);
    const features = world.features
      .filter((f) => f.id !== '010') // Antarctica has no mines and much area
      .map((f) => ({ ...f, properties: { ...f.properties, name: alpha3.get(String(f.id)) ?? f.properties.name } }));
    core.registerMap('world', { geoJSON: { type: 'FeatureCollection', features } as never, specialAreas: {} });
  })();
  ready.catch(() => {
    ready = undefined;
  });
  return ready;
}
