{% load static %}/* The offline shell: without a network a page becomes /offline/, which says how old
   the last prices seen are. Nothing of a customer's is kept on the device. */
const CACHE = "finseg-shell-{{ version }}";
const SHELL = [...new Set([
  "{{ offline }}",
  "{% static 'js/theme.js' %}", "{% static 'js/shell.js' %}",
  "{% static 'js/offline.js' %}",
  // modules import each other by their plain names
  "{{ plain }}js/search.js", "{{ plain }}js/format.js",
  "{% static 'vendor/bootstrap/css/bootstrap.min.css' %}",
  "{% static 'vendor/bootstrap-icons/bootstrap-icons.min.css' %}",
  {% for name in sheets %}"{% static name %}",
  {% endfor %}])];
self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(
    names.filter((name) => name.startsWith("finseg-shell-") && name !== CACHE).map((name) => caches.delete(name)),
  )).then(() => self.clients.claim()));
});
self.addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate") {
    event.respondWith(fetch(event.request).catch(() => caches.match("{{ offline }}")));
  } else if (event.request.destination === "style" || event.request.destination === "script") {
    event.respondWith(fetch(event.request).catch(() => caches.match(event.request).then((kept) => kept || Response.error())));
  }
});
