/* A WebSocket that comes back by itself and says so, and clocks that tell the age
   of what is shown. */

import { age } from "./format.js";

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;

/**
 * Keep a WebSocket open.
 *
 * @param {string} path address on this host, "/ws/quotes/"
 * @param {object} options
 *   onMessage(message)   every JSON frame
 *   onOpen(send)         after each connection: subscribe here
 *   onState(state, seconds)  "connecting" | "live" | "waiting" | "refused"; seconds until
 *                        the next try while waiting
 * @returns {{send: function, close: function}}
 */
export function connect(path, { onMessage, onOpen, onState = () => {} }) {
  let socket = null;
  let wait = FIRST_WAIT;
  let timer = 0;
  let ended = false;

  const send = (message) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
  const open = () => {
    clearInterval(timer);
    onState("connecting");
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(`${scheme}//${location.host}${path}`);
    socket.addEventListener("open", () => {
      wait = FIRST_WAIT;
      onState("live");
      onOpen?.(send);
    });
    socket.addEventListener("message", (event) => {
      let message;
      try { message = JSON.parse(event.data); } catch { return; } // not ours
      onMessage(message);
    });
    socket.addEventListener("close", (event) => {
      if (ended) return;
      // 4401 and 4403: signed out or not permitted. Trying again would not help.
      if (event.code === 4401 || event.code === 4403) { onState("refused"); return; }
      retry();
    });
  };
  const retry = () => {
    // Jitter, so that a thousand pages do not come back in the same instant.
    let left = Math.ceil((wait * (0.75 + Math.random() / 2)) / 1000);
    wait = Math.min(wait * 2, LONGEST_WAIT);
    onState("waiting", left);
    timer = setInterval(() => {
      left -= 1;
      if (left <= 0) open(); else onState("waiting", left);
    }, 1000);
  };
  const again = () => {
    if (!ended && socket?.readyState === WebSocket.CLOSED) { wait = FIRST_WAIT; open(); }
  };
  addEventListener("online", again);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) again(); });
  addEventListener("pagehide", () => socket?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) again(); });
  open();
  return { send, close: () => { ended = true; clearInterval(timer); socket?.close(); } };
}

/** Say the state of a connection in an element with class .live and role="status". */
export function tellState(element) {
  if (!element) return () => {};
  const words = element.querySelector("[data-live-words]") || element;
  let told = "";
  return (state, seconds) => {
    // A second "connecting" belongs to the same break: do not announce it anew.
    const shown = state === "connecting" && told ? "waiting" : state;
    element.dataset.state = shown;
    const text = {
      connecting: "Connecting",
      live: "Live",
      waiting: seconds ? `Connection lost, trying again in ${seconds} s` : "Connection lost, trying again",
      refused: "Not live: sign in again",
    }[shown];
    if (words.textContent !== text) words.textContent = text;
    told = shown;
  };
}

/** Keep every [data-at] (milliseconds since 1970) showing its age, once a second. */
export function watchAges(root = document, { oldAfter = 60, now = Date.now } = {}) {
  const tick = () => {
    if (document.hidden) return;
    const instant = now();
    for (const element of root.querySelectorAll("[data-at]")) {
      const seconds = (instant - Number(element.dataset.at)) / 1000;
      const text = age(seconds);
      if (element.textContent !== text) element.textContent = text;
      element.classList.toggle("old", seconds > oldAfter);
    }
  };
  tick();
  return setInterval(tick, 1000);
}
