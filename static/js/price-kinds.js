/* Kinds of chart over trading days, drawn by TradingView's lightweight-charts.

   compare  {t, series: [{label, values, colour?, area?}], unit?}: the first series is an
            area in the accent unless it says otherwise; t is ISO days
   candles  {t, o, h, l, c, v, averages?: [{label, values, colour}], events?: [{time, text}]}
   Both follow <div class="seg" data-range-of=...> with 1M, 3M, 6M, 1Y, 3Y, 5Y, ALL. */

import * as lib from "../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";
import { price } from "./format.js";
import { axisText, firstOf, stepOf } from "./chart-tables.js";

export const ready = Promise.resolve();

function frame(element, token, localization) {
  element.replaceChildren();
  return lib.createChart(element, {
    autoSize: true,
    layout: {
      background: { color: "transparent" }, textColor: token("text-3"), fontSize: 12,
      fontFamily: getComputedStyle(document.body).fontFamily,
      attributionLogo: false, // the licence's line stands in the foot of every page
    },
    localization: { ...localization, locale: "en-IN", dateFormat: "dd MMM yyyy" },
    grid: { vertLines: { visible: false }, horzLines: { color: token("grid") } },
    rightPriceScale: { borderVisible: false, entireTextOnly: true, scaleMargins: { top: 0.06, bottom: 0.06 } },
    timeScale: { borderColor: token("border"), fixLeftEdge: true, fixRightEdge: true, lockVisibleTimeRangeOnResize: true, minBarSpacing: 0.05 },
    crosshair: {
      vertLine: { color: token("text-3"), style: 0, labelBackgroundColor: token("text-2") },
      horzLine: { color: token("text-3"), style: 2, labelBackgroundColor: token("text-2") },
    },
    handleScroll: { vertTouchDrag: false, mouseWheel: false },
    handleScale: { mouseWheel: false }, // the wheel scrolls the page
  });
}

/* The marks of the axis say their step; the value under the pointer is as exact as they are. */
function marks(unit) {
  let step = 0;
  return {
    tickmarksPriceFormatter: (values) => {
      step = stepOf(values);
      return values.map((value) => axisText(value, unit, step));
    },
    priceFormatter: (value) => axisText(value, unit, step),
  };
}

function points(days, values) {
  return days.map((time, i) => values[i] === null || values[i] === undefined ? { time } : { time, value: values[i] });
}

/* Show the last months of a chart. "ALL", or more than there is, shows everything. */
function ranges(chart, days) {
  return (range) => {
    chart.timeScale().setVisibleLogicalRange({ from: firstOf(days, range), to: days.length - 1 });
  };
}

function finished(element, chart, days) {
  const show = ranges(chart, days);
  show(element.dataset.range ?? "ALL");
  return { chart, show, end: () => chart.remove() };
}

export function compare(element, data, { token }) {
  const chart = frame(element, token, marks(data.unit ?? "rupees"));
  const quiet = { priceLineVisible: false, lastValueVisible: false };
  data.series.forEach((s, i) => {
    const first = s.area ?? i === 0;
    const colour = token(s.colour ?? (i === 0 ? "c1" : i === 1 ? "text-3" : `c${i}`));
    const series = first
      ? chart.addSeries(lib.AreaSeries, { lineColor: colour, topColor: token("accent-fill"), bottomColor: "transparent", lineWidth: 2, ...quiet })
      : chart.addSeries(lib.LineSeries, { color: colour, lineWidth: 1, ...quiet });
    series.setData(points(data.t, s.values));
  });
  return finished(element, chart, data.t);
}

export function candles(element, data, { token }) {
  const chart = frame(element, token, { priceFormatter: price });
  const up = token("up");
  const down = token("down");
  let main;
  if (element.dataset.as === "line") {
    main = chart.addSeries(lib.AreaSeries, { lineColor: token("c1"), topColor: token("accent-fill"), bottomColor: "transparent", lineWidth: 2, priceLineVisible: false });
    main.setData(points(data.t, data.c));
  } else {
    main = chart.addSeries(lib.CandlestickSeries, {
      // rising days hollow, falling days filled: readable without colour
      upColor: token("surface"), borderUpColor: up, wickUpColor: up,
      downColor: down, borderDownColor: down, wickDownColor: down,
      priceLineColor: token("accent"),
    });
    main.setData(data.t.map((time, i) => {
      const known = [data.o[i], data.h[i], data.l[i], data.c[i]].every((x) => x !== null);
      return known ? { time, open: data.o[i], high: data.h[i], low: data.l[i], close: data.c[i] } : { time };
    }));
  }
  const volume = chart.addSeries(lib.HistogramSeries, {
    priceScaleId: "volume", color: token("volume"), priceFormat: { type: "volume" },
    lastValueVisible: false, priceLineVisible: false,
  });
  volume.setData(points(data.t, data.v));
  chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.8, bottom: 0 } });
  chart.priceScale("right").applyOptions({ scaleMargins: { top: 0.06, bottom: 0.22 } });
  for (const average of data.averages ?? []) {
    chart.addSeries(lib.LineSeries, {
      color: token(average.colour), lineWidth: 2, priceLineVisible: false,
      lastValueVisible: false, crosshairMarkerVisible: false,
    }).setData(points(data.t, average.values));
  }
  if (data.events?.length) {
    lib.createSeriesMarkers(main, data.events.map((event) => ({
      time: event.time, position: "aboveBar", shape: "circle", color: token("accent"), text: event.text,
    })));
  }
  const drawing = finished(element, chart, data.t);
  return { ...drawing, main, volume };
}
