// What objects are called, and whether those that name others name what there is.
import { expect, it } from '@jest/globals';
import { describeWith, objects, podsOf, variants } from './tools.ts';

describeWith(['helm'], 'names', () => {
  const namesOf = (release: string) => objects({ release }).map(({ kind, metadata }) => `${kind}/${metadata.name}`);

  it('fit, however long the release’s is', () => {
    const all = objects(variants['a name of 53 characters']);
    for (const { kind, metadata } of all) {
      // A pod is called after its Deployment, with 17 more characters; a StatefulSet's revision has 11 more.
      const most = kind === 'Deployment' || kind === 'StatefulSet' ? 45 : 63;
      expect(metadata.name).toMatch(new RegExp(`^[a-z][a-z0-9-]{0,${most - 1}}$`));
      expect(metadata.name).not.toMatch(/-$|--/);
    }
    for (const { metadata } of [...all, ...podsOf(all)]) {
      for (const value of Object.values(metadata.labels))
        expect(value).toMatch(/^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/);
    }
  });

  it.each(['true', 'null', 'e1'])('are names, whatever YAML would make of them: %s', (release) => {
    for (const { metadata, spec } of objects({ release })) {
      expect(metadata.labels['app.kubernetes.io/instance']).toBe(release);
      const selector = JSON.stringify(spec?.['selector'] ?? spec?.['podSelector'] ?? { release });
      expect(selector).toContain(`"${release}"`);
    }
  });

  it('are the release’s own', () => {
    const long = 'a'.repeat(52);
    const all = ['almanac', 'almanac2', 'al.manac', 'al-manac', `${long}b`, `${long}c`].flatMap(namesOf);
    expect(new Set(all).size).toBe(all.length);
  });

  it('stay readable', () => {
    expect(namesOf('almanac')).toContain('Deployment/almanac-dictionary');
    expect(namesOf(`${'a'.repeat(52)}b`)).toContainEqual(
      expect.stringMatching(/^Deployment\/a{25}-[0-9a-f]{8}-dictionary$/),
    );
  });
});

describeWith(['helm'], 'Services', () => {
  it('lead to a port of pods that there are', () => {
    const all = objects(variants['full']);
    for (const { kind, metadata, spec } of all) {
      if (kind !== 'Service') continue;
      const { 'statefulset.kubernetes.io/pod-name': ordinal, ...selector } = spec!['selector'] as Record<
        string,
        string
      >;
      const found = podsOf(all).filter(({ metadata: { labels } }) =>
        Object.entries(selector).every(([name, value]) => labels[name] === value),
      );
      expect({ name: metadata.name, found: found.length }).toEqual({ name: metadata.name, found: 1 });
      if (ordinal) expect(ordinal).toBe(metadata.name);
      const names = found[0]!.pod.containers.flatMap(({ ports }) => ports!.map(({ name }) => name));
      for (const { targetPort } of spec!['ports'] as { targetPort: string }[]) expect(names).toContain(targetPort);
    }
  });

  it('stand for what nginx and Varnish are told', () => {
    const all = objects(variants['a name of 53 characters']);
    const services = all.filter(({ kind }) => kind === 'Service').map(({ metadata }) => `${metadata.name}:8080`);
    const told = podsOf(all).flatMap(({ pod }) =>
      pod.containers.flatMap(({ env = [] }) =>
        env
          .filter(({ name }) => ['CACHES', 'WEB', 'DICTIONARY'].includes(name))
          .flatMap(({ value }) => value!.split(' ')),
      ),
    );
    expect(told).toHaveLength(4);
    for (const address of told) expect(services).toContain(address);
  });
});
