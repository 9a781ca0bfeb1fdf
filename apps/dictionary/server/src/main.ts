import { openapi } from '@almanac/contracts-dictionary';
import { serve } from '@almanac/service';
import { environment } from './dictionary.config.ts';
import { DictionaryModule } from './dictionary.module.ts';

await serve({ name: 'dictionary', environment, module: DictionaryModule, openapi });
