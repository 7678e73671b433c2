// Addresses of pages: pure functions of addresses.

/** The address of a page, with those choices of the visitor that hold on every page.
 *  @param {{pathname: string, search: string}} now  where the visitor is
 *  @param {string} current  the current page's part of it, "" for the home page
 *  @param {string} page  the other page's part
 *  @param {string[]} carried  the choices that hold on every page */
export function addressOf({ pathname, search }, current, page, carried) {
  const path = pathname.replace(/\/+$/, "");
  const base = current && path.endsWith(`/${current}`) ? path.slice(0, -current.length - 1) : path;
  const kept = [...new URLSearchParams(search)].filter(([key]) => carried.includes(key));
  const query = new URLSearchParams(kept).toString();
  return `${base}/${page}${query && `?${query}`}`;
}
