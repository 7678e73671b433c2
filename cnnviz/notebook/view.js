// Adapter between a notebook's front end and a component of the app: the notebook's model instead of Streamlit.

/** Whether the front end is dark: JupyterLab and Notebook, Colab, VS Code; else the system's setting. */
function isDark() {
  const { body, documentElement } = document;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  const named = `${documentElement.getAttribute("theme")} ${body.className}`;
  if (/\bdark\b|vscode-high-contrast(?!-light)/.test(named)) return true;
  if (/\blight\b/.test(named)) return false;
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** A payload with other values in its header (cnnviz/formats/packing.py): the selection since it was made. */
function withHeader(payload, changes) {
  const length = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(payload.subarray(4, 4 + length)));
  const text = new TextEncoder().encode(JSON.stringify({ ...header, ...changes }));
  const room = text.length + ((8 - ((text.length + 4) % 8)) % 8);
  const made = new Uint8Array(4 + room + payload.length - 4 - length).fill(32, 0, 4 + room);
  new DataView(made.buffer).setUint32(0, room, true);
  made.set(text, 4);
  made.set(payload.subarray(4 + length), 4 + room);
  return made;
}

/** The widget of a component, as anywidget takes it.
 *  @param {(component: any) => (() => void) | undefined} mount  the default export of the component's module
 *  @param {string} parts  its markup and styles */
export const widget = (mount, parts) => ({ render: ({ model, el }) => render(mount, parts, model, el) });

function render(mount, parts, model, el) {
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  root.innerHTML = parts;
  el.append(host);

  const bytes = () => {
    const { buffer, byteOffset, byteLength } = model.get("payload");
    return withHeader(new Uint8Array(buffer, byteOffset, byteLength), model.get("selection"));
  };
  const setTriggerValue = (name, value) => {
    model.set("message", { name, value });
    model.save_changes();
  };
  /** Fetch from Python what a component fetches from the app's server. */
  const fetchFile = (address) =>
    new Promise((resolve, reject) => {
      const id = crypto.randomUUID();
      const hear = (answer, buffers) => {
        if (answer.id !== id) return;
        model.off("msg:custom", hear);
        if (!answer.found) return reject(new Error(address));
        const [{ buffer, byteOffset, byteLength }] = buffers;
        resolve(new Uint8Array(buffer, byteOffset, byteLength));
      };
      model.on("msg:custom", hear);
      model.send({ id, address });
    });
  let end;
  const show = () => {
    const dark = isDark();
    host.classList.toggle("dark", dark);
    end = mount({ data: bytes(), parentElement: root, setTriggerValue, fetchFile });
  };

  const ending = new AbortController();
  const { signal } = ending;
  // a component measures itself and reads its colours: it has to be in the document, which it is not yet
  const shown = new ResizeObserver(() => {
    if (!host.clientWidth) return;
    shown.disconnect();
    listen();
    show();
  });
  shown.observe(host);
  signal.addEventListener("abort", () => shown.disconnect());

  function listen() {
    for (const name of ["change:payload", "change:selection"]) {
      model.on(name, show);
      signal.addEventListener("abort", () => model.off(name, show));
    }
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show, { signal });
    const themes = new MutationObserver(show);
    for (const element of [document.documentElement, document.body])
      themes.observe(element, { attributeFilter: ["class", "theme", "data-jp-theme-light"] });
    signal.addEventListener("abort", () => themes.disconnect());
  }

  // the front end's keys are not for what is typed here: "b" would add a cell
  host.addEventListener("keydown", (event) => event.stopPropagation());
  host.setAttribute("data-lm-suppress-shortcuts", "true");

  // the picture that is saved in the notebook is for when there is no live view
  const still = document.createElement("style");
  still.textContent = `.${model.get("still")} { display: none !important; }`;
  document.head.append(still);
  return () => {
    ending.abort();
    still.remove();
    end?.();
  };
}
