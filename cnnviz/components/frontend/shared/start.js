// What Streamlit loads of every component. It asks for files under the component's own name, but all modules are
// loaded under one, `modules`, so that a visitor's browser has each of them once, whichever component imports it.

const [, base, name] = /^(.*\/[^/.]+\.)(\w+)\/shared\/start\.js/.exec(import.meta.url) ?? [];
const [{ default: show }, { mounting }] = await Promise.all([
  import(`${base}modules/${name}/${name}.js`),
  import(`${base}modules/shared/mounting.js`),
]);

export default mounting(show);
