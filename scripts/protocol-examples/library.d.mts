/** The parts of the library that the examples are made with, each from the module that `load` gives for its path. */
export function assemble(load: (path: string) => Promise<object>): Promise<object>;
