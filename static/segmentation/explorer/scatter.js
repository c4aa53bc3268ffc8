/* 100,000 dots on a canvas, written pixel by pixel into one image; a grid finds the nearest. */

import { token } from "../../js/charts.js";
import { count, put } from "../../js/format.js";
import { fromAxis, onAxis } from "./columns.js";
import { median } from "./compare.js";
import { rangeInputs } from "./ranges.js";
import { el, rounded, tableOf, valueText } from "./words.js";

const CELL = 16;
const REACH = 14;
const ROOM = 0.03;

/* A colour of a token as the pixel it is: bytes in the order of the machine's memory. */
function pixel(name) {
  const hex = token(name).replace("#", "");
  const [r, g, b] = [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return new Uint32Array(Uint8Array.of(r, g, b, 255).buffer)[0];
}

export function scatter(root, { data, cross, addressOf, onRanges, onHover }) {
  const $ = (name) => root.querySelector(`[data-x-${name}]`);
  const [plot, canvas, tip, near, brush] = [$("plot"), $("canvas"), $("tip"), $("near"), $("brush")];
  const context = canvas.getContext("2d", { alpha: false });
  const [px, py] = [new Int16Array(data.n), new Int16Array(data.n)];
  let axes = null; // {x, y}: columns on their axes
  let box = null; // what is in sight: {x: [low, high], y: [low, high]}
  let image = null;
  let base = null;
  let colours = null;
  let grid = null;
  let scale = 1;
  let size = 2; // of a dot's side, in pixels: fewer customers get larger ones
  let zooming = false;
  let pinned = false;

  const whole = (axis) => {
    const room = (axis.high - axis.low) * ROOM;
    return [axis.low - room, axis.high + room];
  };

  /* Places of all dots, and the picture of all of them in grey. */
  function lay() {
    scale = Math.min(2, devicePixelRatio || 1);
    size = Math.round(scale * (data.n < 5_000 ? 4 : data.n < 30_000 ? 3 : 2));
    const [w, h] = [plot.clientWidth, plot.clientHeight].map((side) => Math.max(2 * size, Math.round(side * scale)));
    if (canvas.width !== w || canvas.height !== h || !image) {
      canvas.width = w;
      canvas.height = h;
      image = context.createImageData(w, h);
    }
    const pixels = new Uint32Array(image.data.buffer);
    const place = ({ values }, [low, high], side, turned, out) => {
      const most = side - size;
      const k = most / (high - low);
      for (let i = 0; i < data.n; i++) {
        const at = (values[i] - low) * k; // NaN and what is out of sight: -1
        out[i] = at >= 0 && at <= most ? Math.round(turned ? most - at : at) : -1;
      }
    };
    place(axes.x, box.x, w, false, px);
    place(axes.y, box.y, h, true, py);
    colours = Object.assign(data.segments.map((s) => pixel(s.colour)), { dim: pixel("border-strong") });
    const [ground, grey] = [pixel("surface"), pixel("border")];
    pixels.fill(ground);
    for (let i = 0; i < data.n; i++) {
      if (px[i] < 0 || py[i] < 0) continue;
      for (let r = 0, at = py[i] * w + px[i]; r < size; r++, at += w) pixels.fill(grey, at, at + size);
    }
    base = pixels.slice();
    grid = null;
  }

  /* The first dot on a place is opaque, further ones mix half and half. */
  const mix = (pixels, at, colour) => {
    pixels[at] = pixels[at] === base[at] ? colour
      : ((((pixels[at] >>> 1) & 0x7f7f7f7f) + ((colour >>> 1) & 0x7f7f7f7f)) | 0xff000000) >>> 0;
  };

  function paint(hovering) {
    const pixels = new Uint32Array(image.data.buffer);
    pixels.set(base);
    const { fails, lit } = cross;
    const { segment } = data.columns;
    const w = canvas.width;
    const { dim } = colours;
    const draw = (wanted) => {
      for (let i = 0; i < fails.length; i++) {
        if (fails[i] !== 0 || px[i] < 0 || py[i] < 0 || (hovering && lit[i] !== wanted)) continue;
        const colour = hovering && !wanted ? dim : colours[segment[i]];
        for (let r = 0, at = py[i] * w + px[i]; r < size; r++, at += w) {
          for (let c = 0; c < size; c++) mix(pixels, at + c, colour);
        }
      }
    };
    if (hovering) draw(0);
    draw(1);
    context.putImageData(image, 0, 0);
  }

  /* Rows by square of the grid, made when the pointer first asks. */
  function build() {
    const across = Math.ceil(canvas.width / CELL) + 1;
    const cells = across * (Math.ceil(canvas.height / CELL) + 1);
    const starts = new Uint32Array(cells + 1);
    const cellOf = (i) => Math.floor(py[i] / CELL) * across + Math.floor(px[i] / CELL);
    for (let i = 0; i < data.n; i++) if (px[i] >= 0 && py[i] >= 0) starts[cellOf(i) + 1]++;
    for (let c = 0; c < cells; c++) starts[c + 1] += starts[c];
    const rows = new Uint32Array(starts[cells]);
    const next = starts.slice();
    for (let i = 0; i < data.n; i++) if (px[i] >= 0 && py[i] >= 0) rows[next[cellOf(i)]++] = i;
    grid = { across, starts, rows, down: Math.ceil(canvas.height / CELL) + 1 };
  }

  function nearest(x, y) {
    if (!grid) build();
    let [best, found] = [(REACH * scale) ** 2, -1];
    const [column, row] = [Math.floor(x / CELL), Math.floor(y / CELL)];
    const around = Math.ceil((REACH * scale) / CELL);
    for (let r = Math.max(0, row - around); r <= Math.min(grid.down - 1, row + around); r++) {
      for (let c = Math.max(0, column - around); c <= Math.min(grid.across - 1, column + around); c++) {
        const cell = r * grid.across + c;
        for (let k = grid.starts[cell]; k < grid.starts[cell + 1]; k++) {
          const i = grid.rows[k];
          if (cross.fails[i] !== 0) continue;
          const far = (px[i] - x) ** 2 + (py[i] - y) ** 2;
          if (far < best) { best = far; found = i; }
        }
      }
    }
    return found;
  }

  function tell(row, pin = false) {
    pinned = pin && row >= 0;
    tip.hidden = row < 0;
    near.setAttribute("visibility", row < 0 ? "hidden" : "visible");
    tip.classList.toggle("is-pinned", pinned);
    if (row < 0) return;
    const [x, y] = [px[row] / scale, py[row] / scale];
    near.setAttribute("cx", x + size / scale / 2);
    near.setAttribute("cy", y + size / scale / 2);
    const name = `C-${data.columns.number[row]}`;
    const line = ({ measure }) => el("span", {}, `${measure.label}: ${valueText(measure, data.columns[measure.key][row])}`);
    tip.replaceChildren(
      el("b", {}, pinned ? el("a", { href: addressOf(data.columns.number[row]) }, name) : name),
      el("span", {}, data.segments[data.columns.segment[row]].name), el("br"), line(axes.x), el("br"), line(axes.y),
    );
    tip.style.left = `${Math.max(0, Math.min(x + 12, plot.clientWidth - tip.offsetWidth - 4))}px`;
    tip.style.top = `${Math.max(0, y > plot.clientHeight / 2 ? y - tip.offsetHeight - 10 : y + 14)}px`;
  }

  const spot = (event) => {
    const inside = plot.getBoundingClientRect();
    return [
      Math.max(0, Math.min(inside.width, event.clientX - inside.left - 1)),
      Math.max(0, Math.min(inside.height, event.clientY - inside.top - 1)),
    ];
  };
  const rawAt = (which, share) => fromAxis(axes[which].measure, box[which][0] + share * (box[which][1] - box[which][0]));
  let drag = null;

  plot.addEventListener("pointerdown", (event) => {
    if (event.button || event.target.closest("a")) return;
    plot.setPointerCapture(event.pointerId);
    drag = { from: spot(event), to: spot(event), moved: false };
  });
  plot.addEventListener("pointermove", (event) => {
    const at = spot(event);
    if (!drag) {
      if (pinned || event.target.closest("a")) return;
      const row = nearest(at[0] * scale, at[1] * scale);
      tell(row);
      onHover(row < 0 ? null : data.segments[data.columns.segment[row]].key);
      return;
    }
    drag.to = at;
    if (!drag.moved && Math.hypot(at[0] - drag.from[0], at[1] - drag.from[1]) < 5) return;
    drag.moved = true;
    tell(-1);
    if (zooming) showBrush(drag.from, drag.to);
    else onRanges(rangesOf(drag), true);
  });
  const ended = (event) => {
    if (!drag) return;
    const was = drag;
    drag = null;
    if (was.moved && zooming) zoomTo(was);
    else if (was.moved) onRanges(undefined);
    else if (event.type === "pointerup") {
      const row = nearest(was.from[0] * scale, was.from[1] * scale);
      tell(row, true);
      if (row < 0) onRanges({ [axes.x.measure.key]: null, [axes.y.measure.key]: null });
    }
  };
  plot.addEventListener("pointerup", ended);
  plot.addEventListener("pointercancel", ended);
  plot.addEventListener("pointerleave", () => { if (!drag && !pinned) { tell(-1); onHover(null); } });

  const sides = ({ from, to }) => {
    const [w, h] = [plot.clientWidth, plot.clientHeight];
    return {
      x: [from[0], to[0]].sort((a, b) => a - b).map((at) => at / w),
      y: [from[1], to[1]].sort((a, b) => b - a).map((at) => 1 - at / h),
    };
  };
  const rangesOf = (drawn) => {
    const { x, y } = sides(drawn);
    return {
      [axes.x.measure.key]: x.map((share) => rounded(rawAt("x", share))),
      ...(axes.y.measure.key === axes.x.measure.key ? {} : { [axes.y.measure.key]: y.map((share) => rounded(rawAt("y", share))) }),
    };
  };
  function zoomTo(drawn) {
    const share = sides(drawn);
    box = Object.fromEntries(["x", "y"].map((which) => {
      const [low, high] = box[which];
      return [which, share[which].map((at) => low + at * (high - low))];
    }));
    $("unzoom").hidden = false;
    lay();
    onRanges(undefined);
  }
  function showBrush([x0, y0], [x1, y1]) {
    brush.setAttribute("visibility", "visible");
    for (const [name, value] of Object.entries({ x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0) })) {
      brush.setAttribute(name, value);
    }
  }
  /* The rectangle of the filter's own ranges, as far as it is in sight. */
  function showRanges(ranges) {
    const [a, b] = [ranges[axes.x.measure.key], ranges[axes.y.measure.key]];
    if (!a && !b) { brush.setAttribute("visibility", "hidden"); return; }
    const side = (which, ends, size) => [0, 1].map((end) => {
      const raw = ends?.[end] ?? null;
      const at = raw === null ? box[which][end] : onAxis(axes[which].measure, raw);
      const share = Math.max(0, Math.min(1, (at - box[which][0]) / (box[which][1] - box[which][0])));
      return size * (which === "y" ? 1 - share : share);
    });
    const [x, y] = [side("x", a, plot.clientWidth), side("y", b, plot.clientHeight)];
    showBrush([x[0], y[0]], [x[1], y[1]]);
  }

  root.querySelector("[data-x-mode]").addEventListener("seg:choose", ({ detail }) => {
    zooming = detail.value === "zoom";
    put($("drag-does"), zooming ? "zoom in" : "filter");
  });
  $("unzoom").addEventListener("click", () => {
    box = { x: whole(axes.x), y: whole(axes.y) };
    $("unzoom").hidden = true;
    lay();
    onRanges(undefined);
  });

  const change = (key, ends) => onRanges({ [key]: ends });
  const fields = [0, 1].map(() => {
    const host = el("div", { className: "xrange" });
    $("ranges").append(host);
    return rangeInputs(host, change, { named: true });
  });

  const details = root.querySelector("[data-x-table=scatter]");
  function fill() {
    const rows = cross.rows();
    const lines = data.segments.map(({ name }, code) => {
      const own = rows.filter((row) => data.columns.segment[row] === code);
      return [name, count(own.length), ...[axes.x, axes.y].map(({ measure }) => valueText(measure, median(data.columns[measure.key], own)))];
    });
    details.querySelector(".table-wrap").replaceChildren(tableOf(
      ["Segment", "Customers", `Median: ${axes.x.measure.label}`, `Median: ${axes.y.measure.label}`], lines,
    ));
  }
  details.addEventListener("toggle", () => { if (details.open && axes) fill(); });

  return {
    /** Draw; other axes, another size or theme lay all dots anew. */
    draw({ x, y, ranges, hovering }) {
      if (axes?.x.measure.key !== x || axes?.y.measure.key !== y) {
        axes = { x: cross.axis(x), y: cross.axis(y) };
        box = { x: whole(axes.x), y: whole(axes.y) };
        $("unzoom").hidden = true;
        lay();
      }
      paint(hovering);
      if (!(drag && zooming)) showRanges(ranges);
      put($('end="x0"'), valueText(axes.x.measure, rawAt("x", 0)));
      put($('end="x1"'), valueText(axes.x.measure, rawAt("x", 1)));
      put($('end="x"'), `${axes.x.measure.label} → · upwards: ${axes.y.measure.label}, ${valueText(axes.y.measure, rawAt("y", 0))} to ${valueText(axes.y.measure, rawAt("y", 1))}`);
      fields[0].show(axes.x.measure, ranges[x]);
      fields[1].show(axes.y.measure, ranges[y]);
    },
    settle(words) {
      canvas.setAttribute("aria-label", `${words}: ${axes.x.measure.label} across, ${axes.y.measure.label} upwards, coloured by segment; the table below gives medians`);
      if (details.open) fill();
    },
    relay() { if (axes) lay(); },
  };
}
