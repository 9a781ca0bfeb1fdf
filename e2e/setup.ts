import { nativeInstance, native } from './native.ts';

/** Starts an instance of its own: other addresses, ports and state than any other run's. */
export default async () => {
  Object.assign(process.env, nativeInstance());
  await native().start();
};
