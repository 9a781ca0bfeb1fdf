import { soak } from './soak.ts';

process.exitCode = soak(process.argv[2] ?? '');
