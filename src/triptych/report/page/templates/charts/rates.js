// The rates of a group of images, counted from the bins of its histogram.
{
  const sum = (counts) => counts.reduce((total, count) => total + count, 0);
  const images = (group) => sum(group.correct) + sum(group.wrong);
  const flagged = (group, counts, from) => sum(counts.filter((_, k) => group.bins[k] >= from));

  charts.flagged = (group, from) =>
    (flagged(group, group.correct, from) + flagged(group, group.wrong, from)) / images(group);

  /** The rates of an attack, flagged from an edge on; null without such an attack. */
  charts.rates = (group, from) => {
    if (!group) return { accuracy: null, tpr: null, combined: null };
    const right = sum(group.correct) / images(group);
    const caught = flagged(group, group.wrong, from) / images(group);
    return { accuracy: right, tpr: caught, combined: right + caught };
  };

  /** The share of images in each bin, in percent. */
  charts.histogram = (group, bins) => {
    const shares = Array(bins).fill(group ? 0 : null);
    group?.bins.forEach((bin, k) => {
      shares[bin] = (100 * (group.correct[k] + group.wrong[k])) / images(group);
    });
    return shares;
  };
}
