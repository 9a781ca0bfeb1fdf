import { system } from './system.ts';

export default () => system.stop();
