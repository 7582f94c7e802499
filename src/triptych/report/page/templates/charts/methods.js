// Panel 3: identity against prompt fidelity, a numbered point for each method.
charts.kinds.methods = (section, { points }) => {
  const input = charts.parts(section, "input");
  const part = charts.parts(section, "part");
  const every = "all methods";
  const shown = ({ name }) => [every, name].includes(input.method.value);

  const range = (axis) => {
    const scores = points.map((point) => point[axis]);
    const values = scores.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);
    const margin = 0.05 * (Math.max(...values) - Math.min(...values) || 1);
    return [Math.min(...values) - margin, Math.max(...values) + margin];
  };

  const draw = (ctx, x, y, ratio) => {
    ctx.lineWidth = (input.method.value === every ? 1 : 2) * ratio;
    ctx.strokeStyle = charts.color("soft");
    for (const { fidelity, identity } of points.filter(shown)) {
      if (fidelity.low !== null) {
        charts.stroke(ctx, x(fidelity.low), y(identity.value), x(fidelity.high), y(identity.value));
      }
      if (identity.low !== null) {
        charts.stroke(ctx, x(fidelity.value), y(identity.low), x(fidelity.value), y(identity.high));
      }
    }
    ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    points.forEach((point, number) => {
      const at = [x(point.fidelity.value), y(point.identity.value)];
      ctx.fillStyle = charts.color(shown(point) ? "pgd" : "clean");
      ctx.beginPath();
      ctx.arc(...at, 9 * ratio, 0, 2 * Math.PI);
      ctx.fill();
      ctx.fillStyle = charts.color("on-point");
      ctx.fillText(number + 1, ...at);
    });
  };

  const sorted = points.map((point) => point.fidelity.value).sort((a, b) => a - b);
  const options = {
    scales: { x: { time: false, range: range("fidelity") }, y: { range: range("identity") } },
    axes: [charts.axis("prompt fidelity"), charts.axis("identity")],
    series: [{}, { show: false }],
    hooks: { draw: [(plot) => charts.sketch(plot, draw)] },
  };
  charts.offer(input.method, [every, ...points.map((point) => point.name)]);
  const plot = charts.plot(part.methods, 400, options, [sorted, sorted]);
  input.method.addEventListener("change", () => {
    plot.redraw();
    const point = points.find(({ name }) => name === input.method.value);
    part.said.textContent = point ? `${point.name}: ${point.scores}.` : "";
  });
};
