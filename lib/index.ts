// What filesyncdb exports.
export type { BackupOptions, BackupProgress, BackupReport } from './backup';
export type { CallOptions, Params, WriteStatement } from './calls';
export type { ChangeEvent, DatabaseEvents } from './change-feed';
export { Collection, type Reference } from './collection';
export type { CollectionOptions, FullTextOptions, KeepOptions } from './collection-options';
export { Database } from './database';
export { DocumentDatabase } from './document-database';
export type { DeepPartial, InsertOptions, WriteGuard, WriteOptions } from './document-write';
export { FileSyncError, SqliteError } from './errors';
export { FileSyncDatabase, type FileSyncEvents } from './file-sync-database';
export type { FindOptions } from './find-async';
export type { AggregateOptions, FunctionOptions, SqlResult } from './functions';
export type { LiveOptions, LiveQuery } from './live-query';
export type { QueryOptions } from './off-loop-query';
export type {
  DatabaseOptions,
  DocumentOptions,
  FileSyncOptions,
  SourceOptions,
  SyncOptions,
} from './options';
export type { Comparison, Page, Query, QueryPlan, Scalar, Where } from './query';
export type { DocumentChange, Row, RunResult, StoredDocument } from './rows';
export type { SearchHit, SearchOptions, SearchProgress } from './search';
export type { ColumnDefinition, Parameters, Statement } from './statement';
export type { DocumentRef, FileError, SyncReport, SyncStatus } from './sync-report';
export type { Transaction } from './transaction';
export type {
  VirtualTableDefinition,
  VirtualTableFactory,
  VirtualTableRow,
} from './virtual-table';
