import { serve } from '@almanac/service';
import { environment } from './web.config.ts';
import { WebModule } from './web.module.ts';

await serve({ name: 'web', environment, module: WebModule });
