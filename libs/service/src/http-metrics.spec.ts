import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { HttpMetrics } from './http-metrics.ts';

describe(HttpMetrics.name, () => {
  it('is a Prometheus histogram by method, route template and status', async () => {
    const registry = new Registry();
    const words = new HttpMetrics(registry).route('/words/:word');
    words.observe('GET', 200, 0.0004);
    words.observe('GET', 200, 0.003);
    words.observe('GET', 200, 20);
    words.observe('GET', 404, 0.1);
    const lines = (await registry.metrics()).split('\n');
    const labels = 'method="GET",route="/words/:word",status="200"';
    const name = 'http_server_request_duration_seconds';
    expect(lines).toContain(`# TYPE ${name} histogram`);
    expect(lines).toContain(`${name}_bucket{${labels},le="0.0005"} 1`);
    expect(lines).toContain(`${name}_bucket{${labels},le="0.005"} 2`);
    expect(lines).toContain(`${name}_bucket{${labels},le="10"} 2`);
    expect(lines).toContain(`${name}_bucket{${labels},le="+Inf"} 3`);
    expect(lines).toContain(`${name}_sum{${labels}} 20.0034`);
    expect(lines).toContain(`${name}_count{${labels}} 3`);
    expect(lines).toContain(`${name}_count{${labels.replace('200', '404')}} 1`);
  });
});
