// Addresses of pages: pure functions of addresses.

/** The path below which the app's pages are: that of its scripts, up to Streamlit's part. The visitor's own address may
 *  be that of a page on its way already.
 *  @param {string} script  address of one of them */
export const baseOf = (script) => new URL(script.split("/_stcore/")[0]).pathname.replace(/\/+$/, "");

/** The address of a page, with those choices of the visitor that hold on every page.
 *  @param {string} search  the query where the visitor is
 *  @param {string} base  the path below which the pages are
 *  @param {string} page  its part of the address, "" for the home page
 *  @param {string[]} carried  the choices that hold on every page */
export function addressOf(search, base, page, carried) {
  const kept = [...new URLSearchParams(search)].filter(([key]) => carried.includes(key));
  const query = new URLSearchParams(kept).toString();
  return `${base}/${page}${query && `?${query}`}`;
}
