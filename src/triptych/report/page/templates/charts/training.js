// All panels: loss and held-out metric of each training of a model.
charts.kinds.training = (section, { models }) => {
  const input = charts.parts(section, "input");
  const part = charts.parts(section, "part");

  // A logarithmic axis has no zero.
  const positive = (value) => (value > 0 ? value : null);

  const last = ({ steps, loss, validation }) => {
    const measured = validation.findLast((value) => value !== null);
    const metric = measured === undefined ? "" : `, held-out metric ${charts.number(measured)}`;
    return `step ${steps.at(-1)}: loss ${charts.number(loss.at(-1))}${metric}`;
  };

  const show = () => {
    const { trainings } = models.find((model) => model.name === input.model.value);
    const data = uPlot.join(
      trainings.map(({ steps, loss, validation }) => [steps, loss.map(positive), validation]),
    );
    const validated = trainings.some(({ validation }) => validation.some((value) => value !== null));
    const series = trainings.flatMap(() => [
      charts.line("pgd", { scale: "y", width: 1.5, spanGaps: true }),
      charts.line("aware", {
        scale: "metric",
        width: 1.5,
        dash: [6, 4],
        spanGaps: true,
        points: { show: true, size: 5 },
      }),
    ]);
    charts.plot(
      part.curves,
      320,
      {
        scales: { x: { time: false }, y: { distr: 3 } },
        axes: [
          charts.axis("step"),
          charts.axis("loss", {
            size: 64,
            values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : charts.number(tick))),
          }),
          charts.axis("held-out metric", {
            scale: "metric",
            side: 1,
            show: validated,
            grid: { show: false },
          }),
        ],
        series: [{}, ...series],
      },
      data,
    );
    part.said.textContent = trainings.map((one) => `At ${last(one)}.`).join(" ");
  };

  charts.offer(input.model, models.map((model) => model.name));
  show();
  input.model.addEventListener("change", show);
};
