/** Switches a fault on in the service at this address. */
export const injectAt = async (address: string, fault: object): Promise<void> => {
  const at = `http://${address}:9090/faults`;
  const { ok, status } = await fetch(at, {
    method: 'POST',
    body: JSON.stringify(fault),
    signal: AbortSignal.timeout(5_000),
  });
  if (!ok) throw new Error(`${at} answers ${status}`);
};
