import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { render, renderFolder, TemplateError } from './render.ts';

describe(render, () => {
  it('puts values in', () => {
    expect(render('listen ${SELF}:${PORT};', { SELF: '127.0.0.1', PORT: '80' })).toBe('listen 127.0.0.1:80;');
  });

  it('leaves alone what is not ours', () => {
    const text = 'proxy_pass http://$host${uri}; # a comment\n#@ is ours, # @ is not\n'.replace('#@ is', '# is');
    expect(render(text, {})).toBe(text);
  });

  it('names the variable, the template and the line when a variable is not set', () => {
    expect(() => render('a\nb ${MISSING}', {}, 'nginx.conf')).toThrow('nginx.conf:2: MISSING is not set');
  });

  it('takes an empty value for a value', () => {
    expect(render('x${EMPTY}y', { EMPTY: '' })).toBe('xy');
  });

  describe('of a secret', () => {
    const file = join(tmpdir(), `render-secret-${process.pid}`);
    afterEach(() => rmSync(file, { force: true }));

    it('takes the value from the file that NAME_FILE names, but where NAME is set', () => {
      writeFileSync(file, 'from-file\n');
      expect(render('${X}', { X_FILE: file })).toBe('from-file');
      expect(render('#@if ${X}\n${X}\n#@end', { X_FILE: file })).toBe('from-file');
      expect(render('${X}', { X: '', X_FILE: file })).toBe('');
    });

    it('names the file that cannot be read, and nothing of one that can', () => {
      expect(() => render('${X}', { X_FILE: file })).toThrow(`X_FILE: ${file} cannot be read: ENOENT`);
      writeFileSync(file, 'se"cret');
      expect(() => render('${X}', { X_FILE: file })).toThrow('template:1: X holds a control character');
      expect(() => render('${X}', { X_FILE: file })).not.toThrow('cret');
    });
  });

  it('does not look into values for more variables', () => {
    expect(() => render('${A}', { A: '${B}', B: 'b' })).toThrow(TemplateError);
  });

  it.each(['a;b', 'a"b', "a'b", 'a`b', 'a{b', 'a}b', 'a\\b', 'a\nb', 'a\0b', 'a\tb', 'a\u0085b', 'a$b', 'a#b'])(
    'refuses the value %j',
    (value) => {
      expect(() => render('${X}', { X: value })).toThrow('template:1: X holds a control character or one of');
      expect(() => render('#@for x in ${X}\n${x}\n#@end', { X: value })).toThrow('X holds');
    },
  );

  it('takes what addresses, paths, sizes and lists are made of', () => {
    const value = '/srv/al manac/é [::1]:8080 http://a.b/c?d=e&f=%20,g 64M';
    expect(render('${X}', { X: value })).toBe(value);
  });

  describe('#@for', () => {
    it('repeats its lines for each value', () => {
      const text = 'a {\n  #@for s in ${LIST}\n  server ${s}; # ${s_index} ${A}\n  #@end\n}';
      expect(render(text, { LIST: ' h:1  h:2 ', A: 'x' })).toBe('a {\n  server h:1; # 1 x\n  server h:2; # 2 x\n}');
    });

    it('gives the host and the port', () => {
      const text = '#@for s in ${LIST}\n${s.host} ${s.port}\n#@end';
      expect(render(text, { LIST: '127.0.0.1:80 [::1]:81' })).toBe('127.0.0.1 80\n[::1] 81');
    });

    it('says so when a value has no port', () => {
      expect(() => render('#@for s in ${LIST}\n${s.port}\n#@end', { LIST: 'host' })).toThrow(
        '${s.port} of host: not host:port',
      );
    });

    it('gives nothing for an empty list', () => {
      expect(render('a\n#@for s in ${LIST}\n${s} ${MISSING}\n#@end\nb', { LIST: ' ' })).toBe('a\nb');
    });

    it('nests, and an inner name hides an outer one', () => {
      const text = '#@for a in ${A}\n#@for b in ${B}\n${a}${b}\n#@end\n#@for a in ${B}\n${a}\n#@end\n#@end';
      expect(render(text, { A: '1 2', B: 'x y' })).toBe('1x\n1y\nx\ny\n2x\n2y\nx\ny');
    });

    it('forgets its name after its end', () => {
      expect(render('#@for s in ${LIST}\n#@end\n${s}', { LIST: 'a' })).toBe('${s}');
    });
  });

  describe('#@for over words', () => {
    const text = '#@for s in one two\n#@for r in ${s.list}\n${s}_${r_index} ${r.port}\n#@end\n#@end';

    it('repeats its lines for each, and within it for each value of the variable of that name', () => {
      expect(render(text, { ONE: 'a:1 b:2', TWO: 'c:3' })).toBe('one_1 1\none_2 2\ntwo_1 3');
    });

    it('wants each of those variables to be set', () => {
      expect(() => render(text, { ONE: 'a:1' })).toThrow('template:2: TWO is not set');
    });

    it('keeps what is for some of them only', () => {
      const some = '#@for s in one two\n#@if ${s} in ${SOME}\n${s}\n#@end\n#@end';
      expect([render(some, { SOME: 'zero two' }), render(some, { SOME: '' })]).toEqual(['two', '']);
    });

    it.each(['#@for r in ${s.list}\n#@end', '#@if ${s} in ${X}\n#@end'])('has no name from elsewhere: %j', (alone) => {
      expect(() => render(alone, { X: 'on' })).toThrow('template:1: there is no s here');
    });
  });

  describe('#@if', () => {
    it('keeps what is after #@else otherwise, and checks neither less', () => {
      const either = 'a\n#@if ${X}\nb\n#@else\nc ${Y}\n#@if ${Y}\nd\n#@end\n#@end\ne';
      expect(render(either, { X: 'on' })).toBe('a\nb\ne');
      expect(render(either, { X: 'off', Y: 'y' })).toBe('a\nc y\nd\ne');
      const some = '#@for s in one two\n#@if ${s} in ${SOME}\n${s}\n#@else\nno ${s}\n#@end\n#@end';
      expect(render(some, { SOME: 'two' })).toBe('no one\ntwo');
    });

    const text = 'a\n#@if ${X}\nb ${X}\n#@end\nc';
    it.each(['', 'off', ' '])('leaves its lines out for %j', (X) => expect(render(text, { X })).toBe('a\nc'));
    it.each(['on', '0', 'x y'])('keeps its lines for %j', (X) => expect(render(text, { X })).toBe(`a\nb ${X}\nc`));
    it('wants its variable to be set', () => expect(() => render(text, {})).toThrow('template:2: X is not set'));
    it('leaves out what is nested in it, unread', () => {
      const nested = '#@if ${X}\n#@for s in ${MISSING}\n#@if ${MISSING}\n${s}\n#@end\n#@end\n#@end\nz';
      expect(render(nested, { X: 'off' })).toBe('z');
    });
    it('works inside a loop', () => {
      expect(render('#@for s in ${L}\n#@if ${X}\n${s}\n#@end\n#@end', { L: 'a b', X: 'on' })).toBe('a\nb');
    });
  });

  it.each([
    ['#@end', 'template:1: #@end without #@for or #@if'],
    ['a\n#@if ${X}\nb', 'template:2: no #@end'],
    ['#@for s in ${X}\n#@if ${X}\n#@end', 'template:1: no #@end'],
    ['#@for s of ${X}\n#@end', 'template:1: #@for s of ${X} is no #@for, #@if or #@end of a known form'],
    ['#@if X\n#@end', 'template:1: #@if X is no #@for, #@if or #@end of a known form'],
    ['#@else', 'template:1: #@else without #@for or #@if'],
    ['#@for s in ${X}\n#@else\n#@end', 'template:2: #@else in a #@for'],
    ['#@if ${X}\n#@else\n#@else\n#@end', 'template:3: a second #@else'],
    ['#@if ${X}\n#@else\nb', 'template:1: no #@end'],
    ['#@for S in ${X}\n#@end', 'is no #@for, #@if or #@end of a known form'],
  ])('refuses %j', (text, message) => {
    expect(() => render(text, { X: 'on' })).toThrow(message);
  });
});

describe(renderFolder, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'render-'));
    mkdirSync(join(folder, 'from/sub'), { recursive: true });
    writeFileSync(join(folder, 'from/a.conf'), 'a ${X}\n');
    writeFileSync(join(folder, 'from/sub/b.conf'), 'b ${X}\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const [from, to] = [() => join(folder, 'from'), () => join(folder, 'to')];

  it('writes every file, readable by all, and nothing else', () => {
    renderFolder(from(), to(), { X: '1' });
    expect(readdirSync(to(), { recursive: true }).sort()).toEqual(['a.conf', 'sub', 'sub/b.conf']);
    expect(readFileSync(join(to(), 'sub/b.conf'), 'utf8')).toBe('b 1\n');
    expect(statSync(join(to(), 'a.conf')).mode & 0o777).toBe(0o644);
  });

  it('writes what holds a secret for its owner only, whatever was there', () => {
    writeFileSync(join(from(), 'b.conf'), '#@if ${S}\n${S}\n#@end');
    const modes = () => ['a.conf', 'b.conf'].map((name) => statSync(join(to(), name)).mode & 0o777);
    renderFolder(from(), to(), { X: '1', S: 'off' });
    expect(modes()).toEqual([0o644, 0o644]);
    const S_FILE = join(folder, 'S');
    writeFileSync(S_FILE, 's');
    writeFileSync(join(to(), 'b.conf.new'), 'of a start that was cut off');
    renderFolder(from(), to(), { X: '1', S_FILE });
    expect(modes()).toEqual([0o644, 0o600]);
    expect(readFileSync(join(to(), 'b.conf'), 'utf8')).toBe('s');
  });

  it('takes a file once where a ConfigMap is mounted, which has it twice', () => {
    mkdirSync(join(from(), '..2026_01_01'));
    writeFileSync(join(from(), '..2026_01_01/c.conf'), 'c ${X}');
    symlinkSync('..2026_01_01', join(from(), '..data'));
    symlinkSync('..data/c.conf', join(from(), 'c.conf'));
    renderFolder(from(), to(), { X: '1' });
    expect(readdirSync(to()).sort()).toEqual(['a.conf', 'c.conf', 'sub']);
  });

  it('replaces what was there', () => {
    renderFolder(from(), to(), { X: '1' });
    renderFolder(from(), to(), { X: '2' });
    expect(readFileSync(join(to(), 'a.conf'), 'utf8')).toBe('a 2\n');
  });

  it('writes nothing when one template is wrong', () => {
    writeFileSync(join(from(), 'z.conf'), '${MISSING}');
    expect(() => renderFolder(from(), to(), { X: '1' })).toThrow(/from\/z\.conf:1: MISSING is not set/);
    expect(existsSync(to())).toBe(false);
  });

  it('is a command', () => {
    const cli = join(import.meta.dirname, 'cli.ts');
    const run = (args: string[], X?: string) =>
      spawnSync(process.execPath, [cli, ...args], { env: { ...(X && { X }) } });
    expect(run([from(), to()], '3').status).toBe(0);
    expect(readFileSync(join(to(), 'a.conf'), 'utf8')).toBe('a 3\n');
    const wrong = run([from(), to()]);
    expect([wrong.status, String(wrong.stderr)]).toEqual([78, expect.stringMatching(/a\.conf:1: X is not set\n$/)]);
    expect(run([from()]).status).toBe(64);
  });
});
