// Makes the functions that make rows of a batch that another thread has encoded; see
// native/sqlite/columnar_batch.h. Most of the JavaScript thread's work for a query is done here.
import type { RowDecoder } from '../binding';

/** A cell that holds what is in `others`. */
const other = -2;

// Numbers and types of a batch lie here while it is decoded: one copy, and no array per batch.
export const numbers = new Float64Array(65_536);
export const types = new Uint8Array(65_536);

// A name that is set as any other sets the object's prototype instead.
const key = (name: string) => (name === '__proto__' ? '["__proto__"]' : JSON.stringify(name));

/** The source of the value of column `i`; texts must be taken in order, as `p` moves. */
function valueSource(kind: string, i: number): string {
  const number = `v[i+${i}]`;
  switch (kind) {
    case 'I':
      return `${number}|0`;
    case 'N':
      return number;
    case 'n':
      return `(l=${number})===l?l:null`;
    case 'T':
      return `s.substring(p,p+=${number})`;
    case 't':
      return `(l=${number})>=0?s.substring(p,p+=l):l===${other}?o[q++]:null`;
    default:
      return `(l=y[i+${i}])===1?${number}:l===2?s.substring(p,p+=${number}):l===3?o[q++]:null`;
  }
}

function generate(columns: string[], kinds: string): RowDecoder {
  const members = columns.map((name, i) => `${key(name)}:${valueSource(kinds[i] ?? 'm', i)}`);
  const source = `'use strict';return(r,c,v,y,s,o)=>{let p=0,q=0,l=0;
for(let i=0,e=c*${columns.length};i<e;i+=${columns.length})r.push({${members.join(',')}})}`;
  return new Function(source)() as RowDecoder;
}

/** The same without generated code: --disallow-code-generation-from-strings, and strict policies. */
export function interpretBatch(columns: string[], kinds: string): RowDecoder {
  const mixed = [...kinds].map((kind) => kind === 'm');
  const texts = [...kinds].map((kind) => kind === 'T' || kind === 't');
  return (rows, count, v, y, s, others) => {
    let position = 0;
    let next = 0;
    const value = (column: number, cell: number) => {
      const number = v[cell] ?? Number.NaN;
      const type = mixed[column] ? y[cell] : typeOf(number, texts[column] === true);
      if (type === 1) return number;
      if (type === 2) {
        position += number;
        return s.substring(position - number, position);
      }
      return type === 3 ? others?.[next++] : null;
    };
    for (let row = 0; row < count; row++) {
      const made: Record<string, unknown> = {};
      columns.forEach((name, column) => {
        define(made, name, value(column, row * columns.length + column));
      });
      rows.push(made);
    }
  };
}

function typeOf(number: number, text: boolean): number {
  if (Number.isNaN(number)) return 0;
  if (!text) return 1;
  return number === other ? 3 : 2;
}

function define(row: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') {
    row[name] = value;
    return;
  }
  const attributes = { configurable: true, enumerable: true, writable: true };
  Object.defineProperty(row, name, { ...attributes, value });
}

let mayGenerate = true;

/** Rows of `columns`; of columns with the same name the last one counts. */
export function createRowDecoder(columns: string[], kinds: string): RowDecoder {
  if (mayGenerate) {
    try {
      return generate(columns, kinds);
    } catch (error) {
      if (!(error instanceof EvalError)) throw error;
      mayGenerate = false;
    }
  }
  return interpretBatch(columns, kinds);
}
