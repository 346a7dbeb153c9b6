declare module 'amplify-velocity-template' {
  const velocity: {
    parse: (template: string) => unknown;
    Compile: new (parsed: unknown, options: { escape: boolean }) => { render: (context: object) => string };
  };
  export default velocity;
}
