/** The kernel as a module, which the build puts beside the others. */
declare const module: object;
export default module;
