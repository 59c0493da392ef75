import { ROUTES } from '../../src/http/routes.js';

/** Routes of the host: what guards them, and their path. */
export const HOST_PATHS = {
  strategy: '/host/vault',
  'forced strategy': '/host/forced',
  guard: '/host/guarded',
  'guard with purpose': '/host/transfer',
} as const;

/** Somewhere to send a request to. */
export interface Place {
  /** The name under which its requests are counted. */
  readonly route: string;
  readonly methods: readonly string[];
  readonly path: string;
  /** Whether it takes a code, in the body of a POST. */
  readonly isDoor: boolean;
}

const HOST_METHODS = ['POST', 'POST', 'POST', 'GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'];

/** What the router's table has. A route that is added there is aimed at from then on. */
export const ROUTER_PLACES: readonly Place[] = Object.entries(ROUTES).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => ({
    route: `${method} ${path}`,
    methods: [method],
    path: `/mfa${path === '/' ? '' : path}`,
    isDoor: method === 'POST',
  })),
);

/** Everything that is there to be reached. */
export const PLACES: readonly Place[] = [
  ...ROUTER_PLACES,
  ...Object.entries(HOST_PATHS).map(([route, path]) => ({
    route,
    methods: HOST_METHODS,
    path,
    isDoor: route.endsWith('strategy'),
  })),
];
