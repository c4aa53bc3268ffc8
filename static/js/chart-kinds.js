/* Kinds of chart drawn by Chart.js.

   donut    {labels, values, colours?, keys?, unit?}
   bars     {labels, series: [{label, values, colour?}], unit?, vertical?, keys?, legend?}
   stack    {labels, series: [{label, values, colour?}], unit?} (rupees when omitted)
   line     {labels, series: [{label, values, colour?, dashed?, fill?}], unit?, mark?, legend?};
            mark is the index of the label that was chosen: a dashed line stands there
   scatter  {x, y, series: [{key, label, colour, shape?, points: [[x, y], ...]}]}; shape is a
            number from 0, as the legend's .m1, .m2 ... are from 1, or "star"
   fan      {past, lo, mid, hi}: what was, then the band; each of the three begins where
            past ends
   unit is one of chart-tables.js: rupees, percent, share, z, count, number. */

import { axisText, stepOf, valueText } from "./chart-tables.js";

export const ready = new Promise((resolve, reject) => {
  if (window.Chart) { resolve(); return; }
  const script = document.createElement("script");
  script.src = new URL("../vendor/chart.js/chart.umd.min.js", import.meta.url);
  script.addEventListener("load", resolve);
  script.addEventListener("error", () => reject(new Error("Chart.js could not be loaded")));
  document.head.append(script);
});

const SHAPES = ["circle", "triangle", "rect", "rectRot", "cross", "crossRot", "line"];
// These shapes are strokes: without an edge nothing of them is drawn.
const STROKES = new Set(["cross", "crossRot", "line", "star"]);
const nth = (i) => `c${(i % 8) + 1}`;

/* Lines of at most `most` characters, where the words let it. */
function wrapped(text, most) {
  const lines = [""];
  for (const word of String(text).split(" ")) {
    const line = lines.at(-1);
    if (!line) lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= most) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function faded(colour, strength) {
  return colour.startsWith("#")
    ? colour + Math.round(strength * 255).toString(16).padStart(2, "0") : colour;
}

function make(element, config, { token, data }) {
  let canvas = element;
  if (element.tagName !== "CANVAS") {
    canvas = document.createElement("canvas");
    element.replaceChildren(canvas);
  }
  Chart.getChart(canvas)?.destroy();
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 12;
  Chart.defaults.color = token("text-3");
  const { plugins, ...options } = config.options;
  const chart = new Chart(canvas, {
    ...config,
    options: {
      animation: false, responsive: true, maintainAspectRatio: false,
      onClick: (event, hits) => {
        if (!hits.length) return;
        const { index, datasetIndex } = hits[0];
        const series = config.data.datasets[datasetIndex];
        element.dispatchEvent(new CustomEvent("chart:choose", {
          bubbles: true,
          detail: { index, key: series.key ?? data.keys?.[index] ?? null, series: series.label },
        }));
      },
      onHover: (event, hits) => {
        canvas.classList.toggle("can-choose", hits.length > 0 && element.dataset.choose !== undefined);
      },
      ...options,
      plugins: {
        legend: { display: false },
        ...plugins,
        tooltip: {
          backgroundColor: token("text"), titleColor: token("bg"), bodyColor: token("bg"),
          padding: 10, cornerRadius: 6, boxPadding: 4, usePointStyle: true, ...plugins?.tooltip,
        },
      },
    },
  });
  return { chart, end: () => chart.destroy() };
}

export function donut(element, data, { token }) {
  const total = data.values.reduce((sum, value) => sum + value, 0);
  return make(element, {
    type: "doughnut",
    data: {
      labels: data.labels,
      datasets: [{
        data: data.values, borderColor: token("surface"), borderWidth: 2, hoverOffset: 4,
        backgroundColor: data.labels.map((_, i) => token(data.colours?.[i] ?? nth(i))),
      }],
    },
    options: {
      cutout: "68%",
      plugins: { tooltip: { callbacks: {
        label: (c) => ` ${valueText(c.raw, data.unit ?? "count")} (${valueText(c.raw / total, "share")})`,
      } } },
    },
  }, { token, data });
}

const axes = (data, token) => ({
  value: {
    grid: { color: (c) => token(c.tick?.value === 0 ? "border-strong" : "grid") },
    border: { display: false },
    ticks: { callback: (value, _, ticks) => axisText(value, data.unit, stepOf(ticks.map((tick) => tick.value))), maxTicksLimit: 7 },
  },
  name: { grid: { display: false }, border: { display: false }, ticks: { color: token("text-2"), maxRotation: 0, autoSkipPadding: 8 } },
});

/* Names of the series above the chart, each with the mark it is drawn with. */
const legend = (data, token) => (data.legend ? {
  legend: { display: true, align: "start", labels: { usePointStyle: true, boxHeight: 7, color: token("text-2") } },
} : {});

export function bars(element, data, { token }) {
  const { value, name } = axes(data, token);
  let { labels } = data;
  if (!data.vertical) {
    // Every bar keeps its name: long ones are broken on a narrow chart, which grows to hold all.
    labels = labels.map((label) => wrapped(label, element.clientWidth < 480 ? 20 : 36));
    const most = Math.max(...labels.map((lines) => lines.length));
    const height = 40 + labels.length * Math.max(24, 15 * most + 3);
    element.style.minHeight = `max(${height}px, ${element.classList.contains("chart-fill") ? 300 : 0}px)`;
    Object.assign(name.ticks, { autoSkip: false });
  }
  return make(element, {
    type: "bar",
    data: {
      labels,
      datasets: data.series.map((s, i) => ({
        label: s.label, data: s.values, key: s.key, borderRadius: 2, barPercentage: 0.86,
        categoryPercentage: 0.7, maxBarThickness: 22,
        backgroundColor: s.colours ? s.colours.map(token) : token(s.colour ?? nth(i)),
      })),
    },
    options: {
      indexAxis: data.vertical ? "x" : "y",
      scales: data.vertical ? { x: name, y: value } : { x: value, y: name },
      plugins: { ...legend(data, token), tooltip: { callbacks: { title: ([c]) => data.labels[c.dataIndex], label: (c) => ` ${c.dataset.label}: ${valueText(c.raw, data.unit)}` } } },
    },
  }, { token, data });
}

export function stack(element, given, { token }) {
  const data = { unit: "rupees", ...given };
  const { value, name } = axes(data, token);
  return make(element, {
    type: "bar",
    data: {
      labels: data.labels,
      datasets: data.series.map((s, i) => ({
        label: s.label, data: s.values, stack: "all", borderRadius: 2,
        backgroundColor: token(s.colour ?? nth(2 * i)), categoryPercentage: 0.68, barPercentage: 1,
      })),
    },
    options: {
      interaction: { mode: "index", intersect: false },
      scales: { x: { ...name, stacked: true }, y: { ...value, stacked: true } },
      plugins: { tooltip: { callbacks: { label: (c) => ` ${c.dataset.label}: ${valueText(c.raw, data.unit)}` } } },
    },
  }, { token, data });
}

/* A dashed line from top to bottom at the label that was chosen. */
const markAt = (index, colour) => ({
  id: "mark",
  beforeDatasetsDraw({ ctx, chartArea, scales }) {
    const x = scales.x.getPixelForValue(index);
    ctx.save();
    ctx.strokeStyle = colour;
    ctx.setLineDash([3, 3]);
    ctx.beginPath();
    ctx.moveTo(x, chartArea.top);
    ctx.lineTo(x, chartArea.bottom);
    ctx.stroke();
    ctx.restore();
  },
});

export function line(element, data, { token }) {
  const { value, name } = axes(data, token);
  const marked = data.mark !== undefined && data.mark !== null;
  return make(element, {
    type: "line",
    data: {
      labels: data.labels,
      datasets: data.series.map((s, i) => ({
        label: s.label, data: s.values, borderWidth: 2, tension: marked ? 0 : 0.15,
        pointRadius: marked ? (c) => (c.dataIndex === data.mark ? 6 : 3) : 0,
        pointStyle: marked ? SHAPES[i % 4] : "circle", pointBackgroundColor: token(s.colour ?? nth(i)),
        borderColor: token(s.colour ?? nth(i)), borderDash: s.dashed ? [4, 3] : [],
        fill: Boolean(s.fill), backgroundColor: token("accent-fill"), spanGaps: false,
      })),
    },
    plugins: marked ? [markAt(data.mark, token("text-3"))] : [],
    options: {
      interaction: { mode: "index", intersect: false },
      scales: { x: { ...name, ticks: { maxTicksLimit: marked ? 12 : 8, maxRotation: 0 } }, y: value },
      plugins: { ...legend(data, token), tooltip: { callbacks: { label: (c) => ` ${c.dataset.label}: ${valueText(c.raw, data.unit)}` } } },
    },
  }, { token, data });
}

export function scatter(element, data, { token }) {
  // About six pixels a character; the other axis takes its part of the length.
  const axis = (title, length) => ({
    title: {
      display: Boolean(title), text: title && wrapped(title, Math.max(12, (length - 50) / 6.4)),
      color: token("text-3"),
    },
    grid: { color: token("grid") }, border: { display: false }, ticks: { display: false },
  });
  return make(element, {
    type: "scatter",
    data: {
      datasets: data.series.map((s, i) => {
        const shape = s.shape === "star" ? s.shape : SHAPES[(s.shape ?? i) % SHAPES.length];
        const colour = token(s.colour ?? nth(i));
        return {
          label: s.label, key: s.key, data: s.points.map(([x, y]) => ({ x, y })),
          pointStyle: shape, pointRadius: s.points.length > 1500 ? 2 : 3.2, pointHoverRadius: 6,
          borderWidth: STROKES.has(shape) ? 1.5 : 0, borderColor: colour,
          backgroundColor: faded(colour, 0.72),
        };
      }),
    },
    options: {
      interaction: { mode: "nearest", intersect: true },
      scales: { x: axis(data.x, element.clientWidth), y: axis(data.y, element.clientHeight) },
      plugins: { tooltip: { callbacks: { label: (c) => ` ${c.dataset.label}` } } },
    },
  }, { token, data });
}

export function fan(element, data, { token }) {
  const before = Array(Math.max(0, data.past.length - 1)).fill(null);
  const curve = (values, more) => ({ data: values, pointRadius: 0, borderWidth: 1.5, tension: 0.2, ...more });
  return make(element, {
    type: "line",
    data: {
      labels: [...data.past, ...data.mid.slice(1)].map((_, i) => i),
      datasets: [
        curve(data.past, { borderColor: token("text-2") }),
        curve([...before, ...data.lo], { borderColor: "transparent", fill: false }),
        curve([...before, ...data.hi], { borderColor: "transparent", fill: 1, backgroundColor: token("accent-fill") }),
        curve([...before, ...data.mid], { borderColor: token("accent"), borderDash: [4, 3] }),
      ],
    },
    options: { events: [], scales: { x: { display: false }, y: { display: false, grace: "6%" } } },
  }, { token, data });
}
