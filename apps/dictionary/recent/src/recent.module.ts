import { Module } from '@nestjs/common';
import { RecentController } from './recent.controller.ts';
import { VisitorsMemory } from './visitors-memory.ts';

@Module({ controllers: [RecentController], providers: [VisitorsMemory] })
export class RecentModule {}
