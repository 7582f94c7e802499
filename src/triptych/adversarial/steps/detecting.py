"""Steps on the detector that the paper lacks: an attacker who knows it, other thresholds."""

from triptych.job.options import Dataset
from triptych.job.step import Input, Output, step


@step
def adaptive(*, natural: Input, secret: Input, thresholds: Input, adaptive: Output) -> None:
    """Count accuracy and detection under the attack that knows the detector.

    Parameters
    ----------
    natural, secret
        Images of that attack on the two networks.
    thresholds
        Thresholds of the detector.
    adaptive
        Write the curves (CSV).
    """
    from triptych.adversarial.artifacts.adaptive import adaptive_table
    from triptych.adversarial.artifacts.tables import read_thresholds
    from triptych.adversarial.raw import read_adapted
    from triptych.drawing.tables import write_csv

    adapted = {"natural": read_adapted(natural), "secret": read_adapted(secret)}
    write_csv(adaptive_table(adapted, read_thresholds(thresholds)), adaptive)


@step
def histograms(
    *,
    natural: Input,
    secret: Input,
    natural_adapted: Input,
    secret_adapted: Input,
    thresholds: Input,
    histograms: Output,
) -> None:
    """Count the images by their score, from which the report recomputes every rate.

    Parameters
    ----------
    natural, secret
        Scores of the attacks with a random start on the two networks.
    natural_adapted, secret_adapted
        Images of the attack that knows the detector.
    thresholds
        Thresholds of the detector.
    histograms
        Write the counts (CSV).
    """
    from triptych.adversarial.artifacts.histograms import histograms_table
    from triptych.adversarial.artifacts.tables import PUBLISHED_READING, read_thresholds
    from triptych.adversarial.raw import read_adapted, read_scores
    from triptych.drawing.tables import write_csv

    scores = {"natural": read_scores(natural), "secret": read_scores(secret)}
    adapted = {
        "natural": read_adapted(natural_adapted),
        "secret": read_adapted(secret_adapted),
    }
    threshold = read_thresholds(thresholds)[PUBLISHED_READING]
    write_csv(histograms_table(scores, adapted, threshold), histograms)


@step
def roc(*, natural: Input, secret: Input, published: Input, roc: Output) -> None:
    """Compute the detector's ROC curves, attacked against clean images.

    Parameters
    ----------
    natural, secret
        Scores of the attacks with a random start on the two networks.
    published
        The paper's Table II, whose epsilons have a curve.
    roc
        Write points of the curves (CSV).
    """
    import pandas as pd

    from triptych.adversarial.artifacts.roc import roc_table
    from triptych.adversarial.raw import read_scores
    from triptych.drawing.tables import write_csv

    scores = {"natural": read_scores(natural), "secret": read_scores(secret)}
    write_csv(roc_table(scores, pd.read_csv(published)["epsilon"].unique()), roc)


@step
def auc(*, natural: Input, secret: Input, auc: Output) -> None:
    """Compute the areas under the detector's ROC curves, at every epsilon.

    Parameters
    ----------
    natural, secret
        Scores of the attacks with a random start on the two networks.
    auc
        Write the areas, and the rates at few false positives (CSV).
    """
    from triptych.adversarial.artifacts.roc import auc_table
    from triptych.adversarial.raw import read_scores
    from triptych.drawing.tables import write_csv

    write_csv(auc_table({"natural": read_scores(natural), "secret": read_scores(secret)}), auc)


@step
def roc_figure(*, roc: Input, auc: Input, svg: Output, png: Output, dataset: Dataset) -> None:
    """Draw the detector's ROC curves, and the areas under them.

    Parameters
    ----------
    roc, auc
        Points of the curves, and the areas under them.
    svg, png
        Write the figure in this format.
    """
    import pandas as pd

    from triptych.adversarial.artifacts.roc import draw_roc
    from triptych.drawing.figures import save_figure

    save_figure(draw_roc(pd.read_csv(roc), pd.read_csv(auc), dataset), svg, png)
