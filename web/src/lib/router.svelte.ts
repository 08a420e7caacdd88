// State lives in the address: path and query. A page reads `route` and writes
// with `go`; back, forward and reload then need no code of their own.

function current() {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

class Route {
  path = $state('/');
  query = $state.raw(new URLSearchParams());

  constructor() {
    Object.assign(this, current());
    addEventListener('popstate', () => {
      clearTimeout(pending);
      pending = undefined;
      Object.assign(this, current());
    });
  }
}

let pending: ReturnType<typeof setTimeout> | undefined;

export const route = new Route();

export function address(path: string, query: URLSearchParams): string {
  const text = query.toString().replaceAll('%2C', ',');
  return text === '' ? path : `${path}?${text}`;
}

function settle(): void {
  if (pending === undefined) return;
  clearTimeout(pending);
  pending = undefined;
  history.replaceState(null, '', address(route.path, route.query));
}

/** go changes the address; a new entry in the history, or with replace the present one. */
export function go(path: string, query: URLSearchParams, replace = false): void {
  if (!replace) {
    settle();
    const moved = path !== route.path;
    route.path = path;
    route.query = query;
    history.pushState(null, '', address(path, query));
    if (moved) scrollTo(0, 0);
    return;
  }
  route.path = path;
  route.query = query;
  clearTimeout(pending);
  // Browsers refuse more than a few hundred changes in a row; a slider makes more.
  pending = setTimeout(settle, 150);
}

/** set changes some parameters of the query; '' or null removes one. */
export function set(changes: Record<string, string | null>, replace = false): void {
  const query = new URLSearchParams(route.query);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === '') query.delete(key);
    else query.set(key, value);
  }
  go(route.path, query, replace);
}

/** follow turns clicks on links within the app into changes of the address. */
export function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest('a');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (link.pathname.startsWith('/api/') || link.hash) return;
  event.preventDefault();
  go(link.pathname, new URLSearchParams(link.search));
}
