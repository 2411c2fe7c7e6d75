/** What kernel.ts uses of WebAssembly: TypeScript declares it in its DOM library alone, @types/node 20 not at all. */
declare namespace WebAssembly {
  type Module = object;
  interface Instance {
    readonly exports: object;
  }
  interface Global {
    readonly value: unknown;
  }
  class Memory {
    /** In pages of 64 KiB. */
    constructor(pages: { initial: number; maximum: number; shared: boolean });
    readonly buffer: SharedArrayBuffer;
    /** Replaces `buffer`. */
    grow(pages: number): number;
  }
  const Module: {
    imports(module: Module): { module: string; name: string; kind: string }[];
    exports(module: Module): { name: string; kind: string }[];
  };
  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(module: Module, imports: object): Promise<Instance>;
}
