import { native } from './native.ts';

export default () => native().stop();
