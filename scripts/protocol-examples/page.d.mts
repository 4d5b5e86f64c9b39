import type { Examples } from "./make.mjs";

export function formatValue(bytes: Uint8Array): string[];
export function parsePage(page: string): Record<string, Record<string, string>>;
export function fillPage(page: string, examples: Examples): string;
export function formatJson(examples: Examples): string;
