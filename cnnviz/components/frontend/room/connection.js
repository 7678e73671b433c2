// The connection to a room (cnnviz/hosting/rooms/socket.py): lost, it is looked for again.

import { delayOf } from "./views.js";

const ALIVE = 20_000; // ms between signs of life
const DEAD = 50_000; // ms of silence after which a connection is no more

/** Talk to the server until `close`. The first message, sent on each connection, sets the role.
 *  @param {string} address
 *  @param {{first: () => object, hear: (message: any) => void, lost: () => void}} on */
export function connect(address, { first, hear, lost }) {
  /** @type {WebSocket | null} */
  let socket = null;
  let attempt = 0;
  let heard = 0;
  let closed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;

  const open = () => {
    const mine = new WebSocket(address);
    socket = mine;
    heard = Date.now();
    mine.onopen = () => mine.send(JSON.stringify(first()));
    mine.onmessage = ({ data }) => {
      if (mine !== socket) return;
      attempt = 0;
      heard = Date.now();
      hear(JSON.parse(data));
    };
    mine.onclose = () => {
      if (mine === socket) again();
    };
  };
  const again = () => {
    socket = null;
    if (closed) return;
    lost();
    clearTimeout(waiting);
    waiting = setTimeout(open, delayOf(attempt++, Math.random()));
  };
  const watch = setInterval(() => {
    if (!socket) return;
    if (Date.now() - heard > DEAD) {
      const dead = socket;
      again();
      dead.close();
    } else if (socket.readyState === WebSocket.OPEN) socket.send('{"do":"here"}');
  }, ALIVE);
  open();

  return {
    /** Send a message; without a connection it is dropped, as the first one of the next says how things are.
     *  @param {object} message */
    send(message) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    close() {
      closed = true;
      clearTimeout(waiting);
      clearInterval(watch);
      socket?.close();
    },
  };
}
