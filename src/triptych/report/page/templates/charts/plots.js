// What all charts share: controls, colors, canvases that follow the width and the color scheme.
const charts = {
  kinds: {},
  drawn: new Map(),

  /** The elements of a chart by name, such as data-part="roc". */
  parts(section, attribute) {
    const elements = section.querySelectorAll(`[data-${attribute}]`);
    return Object.fromEntries([...elements].map((one) => [one.dataset[attribute], one]));
  },

  /** Fill a choice; what was chosen stays chosen if it is still there. */
  offer(select, names, chosen = select.value) {
    select.replaceChildren(...[...new Set(names)].map((name) => new Option(name)));
    if (names.includes(chosen)) select.value = chosen;
  },

  color: (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim(),

  number: (value, digits = 3) =>
    value.toLocaleString("en", { maximumSignificantDigits: digits, useGrouping: false }),

  percent: (share) => `${(100 * share).toFixed(1)} %`,

  axis: (label, more = {}) => ({
    label,
    labelSize: 24,
    stroke: () => charts.color("ink"),
    grid: { stroke: () => charts.color("line"), width: 1 },
    ticks: { stroke: () => charts.color("line"), width: 1 },
    ...more,
  }),

  line: (tone, more = {}) => ({
    stroke: () => charts.color(tone),
    width: 2,
    points: { show: false },
    ...more,
  }),

  width: (place) => Math.max(place.clientWidth, 200),

  /** Draw a plot that is as wide as its place, instead of the one that is there. */
  plot(place, height, options, data) {
    charts.drawn.get(place)?.destroy();
    const common = { padding: [12, 16, 0, 0], legend: { show: false }, cursor: { show: false } };
    const plot = new uPlot({ width: charts.width(place), height, ...common, ...options }, data, place);
    charts.drawn.set(place, plot);
    charts.resized.observe(place);
    return plot;
  },

  resized: new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const plot = charts.drawn.get(target);
      const width = charts.width(target);
      if (target.clientWidth && plot.width !== width) plot.setSize({ width, height: plot.height });
    }
  }),

  /** Draw on the canvas of a plot, in the pixels of its screen. */
  sketch(plot, draw) {
    const { ctx } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
    ctx.clip();
    ctx.setLineDash([]);
    draw(ctx, (x) => plot.valToPos(x, "x", true), (y) => plot.valToPos(y, "y", true), uPlot.pxRatio);
    ctx.restore();
  },

  /** Draw a straight line. */
  stroke(ctx, x0, y0, x1, y1) {
    ctx.beginPath();
    ctx.moveTo(x0, y0);
    ctx.lineTo(x1, y1);
    ctx.stroke();
  },
};
