// Put the charts in the place of their pictures, each when it comes near the screen.
{
  const start = (section) => {
    const data = JSON.parse(section.querySelector('script[type="application/json"]').textContent);
    section.classList.add("lively");
    try {
      charts.kinds[section.dataset.kind](section, data);
    } catch (error) {
      // The picture comes back, and the other charts are drawn.
      section.classList.remove("lively");
      reportError(error);
    }
  };
  const near = new IntersectionObserver(
    (entries) =>
      entries
        .filter((entry) => entry.isIntersecting)
        .forEach(({ target }) => {
          near.unobserve(target);
          start(target);
        }),
    { rootMargin: "400px" },
  );
  document.querySelectorAll(".chart:has(.live)").forEach((section) => near.observe(section));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    charts.drawn.forEach((plot) => plot.redraw()),
  );
}
