// Series as promtool writes them (a value, or value+step x times): such as should fire an alert, and such as should not, often
// just below what matters. Hours are in steps of a minute, minutes in steps of five seconds.
export interface AlertCase {
  /** When it is looked at. */
  at: string;
  /** Several: each by itself should. */
  fires: Record<string, string> | Record<string, string>[];
  quiet: Record<string, string>;
}

const visitor = 'probe_success{job="visitor",call="cached",service="edge"}';
const seen = 'probe_ssl_earliest_cert_expiry{job="visitor",call="cached",service="edge"}';
const told = 'tls_certificate_expiry_timestamp_seconds{job="web",service="web",replica="web"}';
const dictionary = (name: string, labels: string) =>
  `http_server_request_duration_seconds_${name}{job="dictionary",service="dictionary",replica="dictionary-1"${labels}}`;
const replica = (metric: string, labels = '') =>
  `${metric}{job="dictionary",service="dictionary",replica="dictionary-1"${labels}}`;
const cache = (metric: string, labels = '') =>
  `${metric}{job="cache-exporter",service="cache",replica="cache-1"${labels}}`;
const edge = (metric: string) => `${metric}{job="edge-exporter",service="edge",replica="edge"}`;

export const alertCases: Record<string, AlertCase> = {
  // Slow answers of the dictionary: 20 % of them; a budget of 1 % burns 20 times as fast as it may. A minute of nothing but
  // failures is over five minutes later.
  BudgetBurnsVeryFast: {
    at: '1h',
    fires: { [dictionary('count', ',status="200"')]: '0+600x60', [dictionary('bucket', ',le="0.1"')]: '0+480x60' },
    quiet: {
      [dictionary('count', ',status="200"')]: '0+600x60',
      [dictionary('bucket', ',le="0.1"')]: '0+594x60',
      [visitor]: '1x50 0 1x9',
    },
  },
  BudgetBurnsFast: { at: '6h', fires: { [visitor]: '0.99x360' }, quiet: { [visitor]: '0.996x360' } },
  BudgetBurns: { at: '5h', fires: { [visitor]: '0.996x300' }, quiet: { [visitor]: '0.9995x300' } },
  TargetDown: {
    at: '3m',
    fires: { [replica('up')]: '1x12 0x24' },
    quiet: { [replica('up')]: '1x30 0x5 1' },
  },
  NoReplicaLeft: {
    at: '5m',
    fires: { [replica('up')]: '1x40 stale' },
    quiet: { [replica('up')]: '1x40 stale', 'up{job="dictionary",replica="dictionary-2"}': '1x60' },
  },
  ServerDown: {
    at: '2m',
    fires: { [edge('nginx_up')]: '1x12 0x12' },
    quiet: { [edge('nginx_up')]: '1x24', [cache('varnish_up')]: '1x20 0 1x3' },
  },
  ReplicaNotReady: {
    at: '5m',
    fires: { [replica('service_ready')]: '0x60' },
    quiet: { [replica('service_ready')]: '1x20 0x20 1x20' },
  },
  ReplicaRestarts: {
    at: '5m',
    fires: { [replica('process_start_time_seconds')]: '100x12 160x12 220x12 280x24' },
    quiet: { [replica('process_start_time_seconds')]: '100x30 250x30', [cache('varnish_main_uptime')]: '0+5x60' },
  },
  ReplicaFreezes: {
    at: '2m',
    fires: { [replica('nodejs_eventloop_lag_max_seconds')]: '0x12 2x12' },
    quiet: { [replica('nodejs_eventloop_lag_max_seconds')]: '0.1x20 2 0.1x3' },
  },
  MemoryNearLimit: {
    at: '4m',
    fires: {
      [replica('process_resident_memory_bytes')]: '250x48',
      [replica('process_memory_limit_bytes')]: '256x48',
    },
    quiet: {
      [replica('process_resident_memory_bytes')]: '150x48',
      [replica('process_memory_limit_bytes')]: '256x48',
      [replica('nodejs_heap_size_used_bytes')]: '60x48',
      [replica('nodejs_heap_size_limit_bytes')]: '96x48',
    },
  },
  VisitorsFail: {
    at: '3m',
    fires: { [visitor]: '1x12 0x24' },
    quiet: { [visitor]: '1x30 0x3 1x3' },
  },
  // 13 and 15 days after the beginning of time, at which a test's clock starts.
  CertificateEndsSoon: {
    at: '10m',
    fires: [{ [seen]: '1123200x120' }, { [seen]: '1296000x120', [told]: '1123200x120' }],
    quiet: { [seen]: '1296000x120', [told]: '1296000x120' },
  },
  CacheHitsFew: {
    at: '20m',
    fires: { [cache('varnish_main_cache_hit')]: '0+40x240', [cache('varnish_main_cache_miss')]: '0+60x240' },
    // Nearly all misses, but of next to nothing.
    quiet: { [cache('varnish_main_cache_hit')]: '0+1x240', [cache('varnish_main_cache_miss')]: '0+9x240' },
  },
  OriginsFail: {
    at: '3m',
    fires: { [cache('varnish_main_backend_fail')]: '0+0x36', [cache('varnish_main_backend_unhealthy')]: '0+10x36' },
    quiet: { [cache('varnish_main_backend_fail')]: '0x20 1x16', [cache('varnish_main_backend_unhealthy')]: '0x36' },
  },
  RequestsRefused: {
    at: '4m',
    fires: { [cache('varnish_main_s_synth')]: '0+150x48' },
    quiet: {
      [cache('varnish_main_s_synth')]: '0+10x48',
      [edge('nginx_connections_accepted')]: '0+500x48',
      [edge('nginx_connections_handled')]: '0+500x48',
      [dictionary('count', ',status="503"')]: '0+1x48',
    },
  },
  VisitorsForgotten: {
    at: '11m',
    fires: { 'recent_evictions_total{job="recent",service="recent",replica="recent-1"}': '0+1x132' },
    // A handful at once, and then no more.
    quiet: { 'recent_evictions_total{job="recent",service="recent",replica="recent-1"}': '0x100 15x32' },
  },
};
