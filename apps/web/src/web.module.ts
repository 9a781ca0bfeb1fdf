import { Module } from '@nestjs/common';
import { FilesController } from './files.controller.ts';
import { PagesController } from './pages.controller.ts';
import { Pages } from './pages.ts';

@Module({
  // The pages come last: theirs is the route for whatever nothing else knows.
  controllers: [FilesController, PagesController],
  providers: [{ provide: Pages, useFactory: () => Pages.load() }],
})
export class WebModule {}
