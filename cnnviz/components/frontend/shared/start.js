// The module that Streamlit loads for every component. It asks for files under the component's own name, but all modules are
// loaded under one, `modules`, so that a visitor's browser loads each of them once for all components.
// No `await` at the top: where two import such a module at once, Safari gives one of them its exports too early.

const [, base, name] = /^(.*\/[^/.]+\.)(\w+)\/shared\/start\.js/.exec(import.meta.url) ?? [];

/** Shows the component, once its modules are there.
 *  @type {Promise<ReturnType<typeof import("./mounting.js").mounting>>} */
export const started = Promise.all([
  import(`${base}modules/${name}/${name}.js`),
  import(`${base}modules/shared/mounting.js`),
]).then(([{ default: show }, { mounting }]) => mounting(show));

/** @param {{parentElement: ParentNode}} component */
export default async (component) => (await started)(component);
