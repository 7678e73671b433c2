// The list of types of a file input. It sorts the system's dialog, opens the photo library on phones, and
// makes Safari on a Mac turn its own kind of photo into one of them. It refuses nothing.

const WATCHING = new WeakMap();

export default function ({ data, parentElement }) {
  const container = (parentElement.getRootNode().host ?? parentElement).closest("[data-testid=stVerticalBlock]");
  const apply = () => {
    for (const input of container.querySelectorAll("input[type=file]")) input.accept = data.accept;
  };
  apply();
  WATCHING.get(parentElement)?.disconnect();
  const watch = new MutationObserver(apply); // Streamlit may draw the uploader later, and again
  watch.observe(container, { childList: true, subtree: true });
  WATCHING.set(parentElement, watch);
  return () => watch.disconnect();
}
