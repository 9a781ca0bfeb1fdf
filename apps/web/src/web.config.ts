import { z } from 'zod';

export const environment = z.object({
  DATA_DIR: z.string().min(1).describe('folder of the data files that services load at start'),
});
