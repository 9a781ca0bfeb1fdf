import { openapi } from '@almanac/contracts-recent';
import { serve } from '@almanac/service';
import { environment } from './recent.config.ts';
import { RecentModule } from './recent.module.ts';

await serve({ name: 'recent', environment, module: RecentModule, openapi });
