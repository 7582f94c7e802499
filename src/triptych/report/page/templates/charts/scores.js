// Panel 1: histograms of the detector's scores. Every rate is counted again from their bins.
charts.kinds.scores = (section, { edges, threshold, start, groups }) => {
  const input = charts.parts(section, "input");
  const part = charts.parts(section, "part");
  const attacked = ["pgd", "aware"];
  let epsilons = [];

  const chosen = (attack) =>
    groups.find(
      (group) =>
        group.model === input.model.value &&
        group.attack === attack &&
        (attack === "clean" || group.epsilon === epsilons[input.epsilon.value]),
    );

  const positions = edges.map((_, k) => k);
  const steps = uPlot.paths.stepped({ align: 1 });
  const histogram = charts.plot(
    part.histogram,
    340,
    {
      scales: {
        x: { time: false, range: [0, edges.length - 1] },
        y: { range: (_, low, high) => [0, 1.05 * (high || 1)] },
      },
      axes: [
        charts.axis("score (bins of equal ratios)", {
          incrs: [1, 2, 5, 10, 20, 50, 100],
          values: (_, ticks) => ticks.map((tick) => charts.number(Math.max(edges[tick] ?? 0, 0), 2)),
        }),
        charts.axis("share of images, %"),
      ],
      series: [
        {},
        charts.line("clean", { paths: steps, width: 0, fill: () => `${charts.color("clean")}99` }),
        charts.line("pgd", { paths: steps }),
        charts.line("aware", { paths: steps, dash: [6, 4] }),
      ],
      hooks: { draw: [(plot) => charts.sketch(plot, drawThreshold)] },
    },
    [positions, ...["clean", ...attacked].map(() => positions.map(() => 0))],
  );

  function drawThreshold(ctx, x, y, ratio) {
    const { top, height } = histogram.bbox;
    const at = x(Number(input.threshold.value));
    ctx.strokeStyle = ctx.fillStyle = charts.color("ink");
    ctx.lineWidth = 2 * ratio;
    charts.stroke(ctx, at, top, at, top + height);
    const left = at > histogram.bbox.left + histogram.bbox.width / 2;
    ctx.textAlign = left ? "right" : "left";
    ctx.font = `${12 * ratio}px system-ui, sans-serif`;
    ctx.fillText("threshold", at + (left ? -6 : 6) * ratio, top + 14 * ratio);
  }

  const roc = charts.plot(
    part.roc,
    340,
    {
      scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1.02] } },
      axes: [charts.axis("clean images flagged"), charts.axis("attacked images flagged")],
      series: [
        {},
        charts.line("pgd"),
        charts.line("aware", { dash: [6, 4] }),
        ...attacked.map((tone) =>
          charts.line(tone, { points: { show: true, size: 11, fill: () => charts.color(tone) } }),
        ),
      ],
    },
    [[0, 1], ...Array.from({ length: 4 }, () => [null, null])],
  );

  // The last edge flags no image, the first of all edges flags every image.
  const froms = positions.toReversed();
  const rocData = (from) => {
    const curves = attacked.map(chosen).map((group) =>
      froms.map((one) => (group ? charts.flagged(group, one) : null)),
    );
    const dots = curves.map((curve) => curve.map((share, k) => (froms[k] === from ? share : null)));
    return [froms.map((one) => charts.flagged(chosen("clean"), one)), ...curves, ...dots];
  };

  let announcing;
  const announce = (words) => {
    clearTimeout(announcing);
    announcing = setTimeout(() => { part.said.textContent = words; }, 400);
  };

  const show = () => {
    const from = Number(input.threshold.value);
    const edge = edges[from] < 0 ? "below 0" : charts.number(edges[from], 4);
    input.threshold.setAttribute("aria-valuetext", edge);
    input.epsilon.setAttribute("aria-valuetext", epsilons[input.epsilon.value]);
    part.threshold.textContent = edge;
    part.epsilon.textContent = epsilons[input.epsilon.value];
    part["false-positives"].textContent = charts.percent(charts.flagged(chosen("clean"), from));
    for (const attack of attacked) {
      const group = chosen(attack);
      for (const [name, share] of Object.entries(charts.rates(group, from))) {
        part[`${attack}-${name}`].textContent = share === null ? "–" : charts.percent(share);
      }
    }
    const [pgd, aware, clean] = ["pgd-combined", "aware-combined", "false-positives"].map(
      (name) => part[name].textContent,
    );
    announce(`Combined: attacked ${pgd}, detector known ${aware}; false positives ${clean}.`);
    const shares = ["clean", ...attacked].map((attack) => charts.histogram(chosen(attack), edges.length));
    histogram.setData([positions, ...shares]);
    roc.setData(rocData(from));
  };

  const showModel = (epsilon = epsilons[input.epsilon.value]) => {
    const own = groups.filter(({ model, attack }) => model === input.model.value && attack !== "clean");
    epsilons = [...new Set(own.map((group) => group.epsilon))].sort((a, b) => a - b);
    input.epsilon.max = epsilons.length - 1;
    input.epsilon.value = Math.max(0, epsilons.indexOf(epsilon));
    show();
  };

  charts.offer(input.model, groups.map((group) => group.model), start.model);
  input.threshold.max = edges.length - 1;
  input.threshold.value = threshold;
  showModel(start.epsilon);
  input.model.addEventListener("change", () => showModel());
  input.epsilon.addEventListener("input", show);
  input.threshold.addEventListener("input", show);
  input.published.addEventListener("click", () => {
    input.threshold.value = threshold;
    show();
  });
};
