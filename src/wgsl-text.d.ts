/** WGSL files, and lists of names, are imported as text. */
declare module "*.wgsl?raw" {
  const text: string;
  export default text;
}
declare module "*.txt?raw" {
  const text: string;
  export default text;
}
