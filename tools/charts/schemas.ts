// node tools/charts/schemas.ts <folder>: JSON schemas of everything that a cluster of our version knows, for kubeconform, from
// the Go modules of Kubernetes and of those whose kinds the charts use. Strict: an unknown field is an error.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const kubernetes = 'k8s.io/kubernetes@v1.36.3';
const customResources = {
  'sigs.k8s.io/gateway-api@v1.6.3': 'config/crd/standard',
  'github.com/cert-manager/cert-manager@v1.21.2': 'deploy/crds',
};

type Schema = Record<string, unknown> & { properties?: Record<string, Schema>; required?: string[] };
const kept = ['type', 'enum', 'pattern', 'required', 'minItems', 'maxItems'];
interface Kind {
  group: string;
  version: string;
  kind: string;
}

const moduleFolder = (name: string): string => {
  const told = execFileSync('go', ['mod', 'download', '-json', name], { encoding: 'utf8', cwd: '/' });
  return (JSON.parse(told) as { Dir: string }).Dir;
};

/** The API server's dialect as JSON schema: no unknown fields, null for whatever need not be there. */
const strict = (schema: Schema): Schema => {
  const { $ref, 'x-kubernetes-int-or-string': isIntOrString, format } = schema;
  if (typeof $ref === 'string') {
    if ($ref.endsWith('.IntOrString')) return { type: ['string', 'integer'] };
    if ($ref.endsWith('.Quantity')) return { type: ['string', 'number'] };
    return { $ref };
  }
  if (isIntOrString || format === 'int-or-string') return { type: ['string', 'integer'] };
  const out: Schema = Object.fromEntries(Object.entries(schema).filter(([key]) => kept.includes(key)));
  for (const key of ['items', 'additionalProperties'] as const) {
    if (schema[key]) out[key] = typeof schema[key] === 'object' ? strict(schema[key] as Schema) : schema[key];
  }
  if (schema.properties) {
    const needed = new Set(schema.required);
    const fields = Object.entries(schema.properties).map(([name, field]) => {
      const one = strict(field);
      return [name, needed.has(name) ? one : { anyOf: [one, { type: 'null' }] }];
    });
    out.properties = Object.fromEntries(fields) as Record<string, Schema>;
    out['additionalProperties'] ??= schema['x-kubernetes-preserve-unknown-fields'] === true;
  }
  return out;
};

/** Every definition that `schema` leads to. */
const reached = (schema: unknown, all: Record<string, Schema>, found: Record<string, Schema> = {}) => {
  for (const [, name] of JSON.stringify(schema).matchAll(/"#\/definitions\/([^"]+)"/g)) {
    if (found[name!]) continue;
    found[name!] = all[name!]!;
    reached(all[name!], all, found);
  }
  return found;
};

const write = (folder: string, { group, version, kind }: Kind, schema: Schema, all: Record<string, Schema>) => {
  const own = {
    ...(schema.properties ?? {}),
    apiVersion: { const: group ? `${group}/${version}` : version },
    kind: { const: kind },
    metadata: { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
  };
  const whole = { ...schema, properties: own, required: ['apiVersion', 'kind', ...(schema.required ?? [])] };
  const name = [kind, group.split('.')[0], version].filter(Boolean).join('-').toLowerCase();
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ ...whole, definitions: reached(whole, all) }));
};

const folder = process.argv[2] ?? '.almanac/tools/schemas';
mkdirSync(folder, { recursive: true });
const swagger = readFileSync(join(moduleFolder(kubernetes), 'api/openapi-spec/swagger.json'), 'utf8');
const { definitions } = JSON.parse(swagger) as { definitions: Record<string, Schema> };
const all = Object.fromEntries(Object.entries(definitions).map(([name, schema]) => [name, strict(schema)]));
for (const [name, schema] of Object.entries(definitions)) {
  const kinds = (schema['x-kubernetes-group-version-kind'] ?? []) as Kind[];
  // Those that belong to every group are of requests, not of objects.
  if (kinds.length === 1 && schema.properties?.['metadata']) write(folder, kinds[0]!, all[name]!, all);
}

interface CustomResource {
  kind: string;
  spec: { group: string; names: { kind: string }; versions: { name: string; schema: { openAPIV3Schema: Schema } }[] };
}
for (const [module, path] of Object.entries(customResources)) {
  const crds = join(moduleFolder(module), path);
  for (const file of readdirSync(crds).filter((name) => name.endsWith('.yaml'))) {
    for (const document of parseAllDocuments(readFileSync(join(crds, file), 'utf8'))) {
      const { kind, spec } = document.toJS() as CustomResource;
      if (kind !== 'CustomResourceDefinition') continue;
      for (const { name, schema } of spec.versions) {
        const own = { group: spec.group, version: name, kind: spec.names.kind };
        write(folder, own, strict(schema.openAPIV3Schema), all);
      }
    }
  }
}
