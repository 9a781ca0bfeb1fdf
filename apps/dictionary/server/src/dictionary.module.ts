import { Module } from '@nestjs/common';
import { readWordsIdentity } from './dictionary.config.ts';
import { DictionaryController } from './dictionary.controller.ts';
import { Dictionary } from './dictionary.ts';
import { WORDS_IDENTITY, WordsLoader } from './words-loader.ts';

@Module({
  controllers: [DictionaryController],
  providers: [Dictionary, WordsLoader, { provide: WORDS_IDENTITY, useFactory: readWordsIdentity }],
})
export class DictionaryModule {}
