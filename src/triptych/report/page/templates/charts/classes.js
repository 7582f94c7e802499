// Panel 2: the difference of two methods in each class, a dot with its interval.
charts.kinds.classes = (section, { pairs }) => {
  const input = charts.parts(section, "input");
  const part = charts.parts(section, "part");
  const chosen = () =>
    pairs.find(({ network, methods }) => network === input.network.value && methods === input.methods.value);

  const bounds = (rows) => {
    const values = rows.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value, 0]);
    const margin = 0.05 * (Math.max(...values) - Math.min(...values) || 1);
    return [Math.min(...values) - margin, Math.max(...values) + margin];
  };

  const draw = ({ rows }, { top, height }) => (ctx, x, y, ratio) => {
    // The axes are turned: a class is at a height, its difference at a width.
    ctx.lineWidth = 2 * ratio;
    ctx.strokeStyle = charts.color("soft");
    charts.stroke(ctx, y(0), top, y(0), top + height);
    ctx.strokeStyle = ctx.fillStyle = charts.color("pgd");
    rows.forEach(({ value, low, high }, row) => {
      if (low !== null) charts.stroke(ctx, y(low), x(row), y(high), x(row));
      ctx.beginPath();
      ctx.arc(y(value), x(row), 4.5 * ratio, 0, 2 * Math.PI);
      ctx.fill();
    });
  };

  const say = ({ rows, trainings }) => {
    const listed = (some) => some.map((row) => row.name).join(", ") || "none";
    const better = rows.filter(({ low }) => low !== null && low > 0);
    const worse = rows.filter(({ high }) => high !== null && high < 0);
    part.said.textContent =
      `Trainings: ${trainings}. Interval above zero: ${listed(better)}. Below zero: ${listed(worse)}.`;
  };

  const show = () => {
    const pair = chosen();
    const longest = Math.max(...pair.rows.map((row) => row.name.length));
    charts.plot(
      part.differences,
      70 + 24 * pair.rows.length,
      {
        scales: {
          x: { time: false, ori: 1, dir: -1, range: [-0.6, pair.rows.length - 0.4] },
          y: { ori: 0, range: bounds(pair.rows) },
        },
        axes: [
          charts.axis(undefined, {
            side: 3,
            size: 14 + 7 * longest,
            splits: () => pair.rows.map((_, row) => row),
            values: () => pair.rows.map((row) => row.name),
          }),
          charts.axis("difference in points of IoU", { side: 2 }),
        ],
        series: [{}, { show: false }],
        hooks: { draw: [(plot) => charts.sketch(plot, draw(pair, plot.bbox))] },
      },
      [pair.rows.map((_, row) => row), pair.rows.map((row) => row.value)],
    );
    say(pair);
  };

  const showNetwork = () => {
    const own = pairs.filter((pair) => pair.network === input.network.value);
    charts.offer(input.methods, own.map((pair) => pair.methods));
    show();
  };

  charts.offer(input.network, pairs.map((pair) => pair.network));
  showNetwork();
  input.network.addEventListener("change", showNetwork);
  input.methods.addEventListener("change", show);
};
