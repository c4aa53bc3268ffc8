/* A choice of customers: the same definition as segmentation/domain/filters.py. No DOM.
   Ranges on the map (map_x, map_y) are this page's own: they belong to one run and are not saved. */

import { PLACES, RISKS, TIERS } from "./columns.js";

const LISTS = ["segments", "tiers", "risks", "stated", "sectors"];
const KNOWN = { tiers: TIERS, risks: RISKS, stated: RISKS };
const number = (word) => (word === "" || !Number.isFinite(Number(word)) ? null : Number(word));

export const empty = () => ({ segments: [], tiers: [], risks: [], stated: [], sectors: [], ranges: {} });
export const isEmpty = (filter) => LISTS.every((part) => !filter[part].length) && !Object.keys(filter.ranges).length;

/** A filter of a saved document; what this page does not know of it is left out. */
export function fromDocument(document, data) {
  const filter = empty();
  filter.segments = (document.segments ?? []).filter((key) => /^s\d{1,6}$/.test(key));
  for (const part of ["tiers", "risks", "stated"]) {
    filter[part] = KNOWN[part].filter((word) => document[part]?.includes(word));
  }
  filter.sectors = (document.sectors ?? []).filter((bit) => data.sectors[bit] !== undefined);
  for (const { key } of data.measures) {
    const ends = document.ranges?.[key];
    if (ends && (ends[0] !== null || ends[1] !== null)) filter.ranges[key] = [...ends];
  }
  return filter;
}

/** What is saved, or null where the map is cut: that cannot be. */
export function toDocument(filter) {
  if (PLACES.some((key) => key in filter.ranges)) return null;
  const document = {};
  for (const part of LISTS) if (filter[part].length) document[part] = filter[part];
  if (Object.keys(filter.ranges).length) document.ranges = filter.ranges;
  return document;
}

/** Put a filter into the words of an address; `words` is a URLSearchParams. */
export function intoQuery(filter, words) {
  for (const part of LISTS) if (filter[part].length) words.set(part, filter[part].join(","));
  for (const [key, [low, high]] of Object.entries(filter.ranges)) words.set(`in_${key}`, `${low ?? ""}..${high ?? ""}`);
  return words;
}

/** The filter an address names; what it misspells is left out. */
export function fromQuery(words, data) {
  const document = { ranges: {} };
  for (const part of LISTS) {
    const listed = words.get(part)?.split(",") ?? [];
    document[part] = part === "sectors" ? listed.map(Number).filter(Number.isInteger) : listed;
  }
  for (const { key } of data.measures) {
    const [low, high] = (words.get(`in_${key}`) ?? "").split("..");
    const ends = [number(low ?? ""), number(high ?? "")];
    if (ends[0] !== null && ends[1] !== null && ends[0] > ends[1]) continue;
    document.ranges[key] = ends;
  }
  return fromDocument(document, data);
}

/** The filter with one value of a list put in, or taken out where it is in. */
export function toggled(filter, part, value) {
  const now = filter[part];
  const next = now.includes(value) ? now.filter((each) => each !== value) : [...now, value];
  return { ...filter, [part]: part in KNOWN ? KNOWN[part].filter((word) => next.includes(word)) : next };
}

/** The filter with another range; null, or two open ends, takes it away. */
export function ranged(filter, key, ends) {
  const { [key]: _, ...ranges } = filter.ranges;
  if (ends && (ends[0] !== null || ends[1] !== null)) ranges[key] = ends;
  return { ...filter, ranges };
}
