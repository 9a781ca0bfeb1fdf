import { preset } from '../jest.preset.mjs';

// One spec file at a time: each starts servers and puts load on them.
export default { ...preset(import.meta.dirname), maxWorkers: 1 };
