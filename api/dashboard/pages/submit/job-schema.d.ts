/** Made by build/job-schema.ts. */
declare module 'virtual:job-schema' {
  const schema: import('./fields.ts').JsonSchema;
  export default schema;
}
