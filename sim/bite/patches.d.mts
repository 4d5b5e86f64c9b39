/** One way to break the library. */
export interface Patch {
  readonly number: number;
  readonly name: string;
  /** `from` stands in `file` (from the project's folder) exactly once. */
  readonly changes: readonly { readonly file: string; readonly from: string; readonly to: string }[];
}
export declare const patches: readonly Patch[];
