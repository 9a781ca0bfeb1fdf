// The references: nginx and Varnish with as little configuration as does the same.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from './instance.ts';
import { runRendered } from './rendered.ts';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A way that requests take: where they go in, and the processes from there on. */
export interface Way {
  at: string;
  pids: number[];
}

/** The lines for nginx that answer with these bytes. */
export function answering({ status, headers, body }: Answer): string {
  const quoted = (text: string) => {
    if (text.includes('$')) throw new Error(`nginx would read a variable in ${text}`);
    return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
  };
  const { 'content-type': type = '', ...others } = headers;
  const lines = Object.entries(others).map(([name, value]) => `add_header ${name} ${quoted(value)} always;`);
  return [`default_type ${quoted(type)};`, ...lines, `return ${status} ${quoted(body)};`].join('\n');
}

export const upstream = (name: string, { at }: Way): string => `upstream ${name} { server ${at}; keepalive 64; }`;

/** An nginx of as many workers as the edge has, with `lines` in its block http. */
export async function bareNginx(instance: Instance, address: string, lines: string[]): Promise<Way> {
  const folder = join(instance.state, `bare-${address}`);
  mkdirSync(folder, { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off;
    worker_processes 2;
    pid "${folder}/nginx.pid";
    error_log stderr crit;
    events { worker_connections 1024; }
    http {
      access_log off;
      ssl_protocols TLSv1.2 TLSv1.3;
      ${temporary.map((kind) => `${kind}_temp_path "${folder}/${kind}";`).join(' ')}
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      server { listen ${address}:9090; return 200; }
      ${lines.join('\n')}
    }`,
  );
  const command = ['nginx', '-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')];
  return { at: `${address}:8080`, pids: [await instance.run(command, {}, `http://${address}:9090/`)] };
}

/** Varnish with its built-in VCL; `limited`: one request an hour, and then this, by vsthrottle alone. */
export async function bareVarnish(instance: Instance, address: string, origin: Way, limited?: Answer): Promise<Way> {
  const [host, port] = origin.at.split(':');
  const headers = Object.entries(limited?.headers ?? {}).map(
    ([name, value]) => `set resp.http.${name} = {"${value}"};`,
  );
  const vcl = `vcl 4.1;
    import vsthrottle;
    backend origin { .host = "${host}"; .port = "${port}"; }
    sub vcl_recv {
      if (req.url == "/readyz") { return (synth(200)); }
      ${limited ? 'if (vsthrottle.is_denied("all", 1, 1h)) { return (synth(429)); }' : ''}
    }
    sub vcl_synth {
      if (resp.status == 429) { ${headers.join(' ')} set resp.body = """${limited?.body ?? ''}"""; return (deliver); }
    }`;
  const pid = await runRendered(instance, 'cache-1', address, {}, (conf) =>
    writeFileSync(join(conf, 'default.vcl'), vcl),
  );
  return { at: `${address}:8080`, pids: [pid] };
}
