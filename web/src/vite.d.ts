// What the bundler answers for imports that are not modules.
/// <reference types="vite/client" />

declare module "*.js?worker" {
  const WorkerOfOurs: new () => Worker;
  export default WorkerOfOurs;
}
