// Equal areas, so that a large country looks as large as it is. The stream cuts
// shapes at the date line; without it they would streak across the map.
import { geoEqualEarth } from 'd3-geo';

const equalEarth = geoEqualEarth();

export const projection = {
  project: (point: [number, number]) => equalEarth(point),
  unproject: (point: [number, number]) => equalEarth.invert?.(point),
  stream: equalEarth.stream,
};
