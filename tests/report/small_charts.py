"""Small results of all panels for the charts of the page, with their records."""

import csv
from collections.abc import Iterator

from small_reports import PANEL, RESULTS
from small_results import make

HISTOGRAMS, THRESHOLDS = PANEL / "histograms.csv", PANEL / "thresholds.csv"
CLASSES = RESULTS / "segmentation/classes_streets.csv"
SCORES = RESULTS / "personalization/table1.csv"
HISTORIES = (
    PANEL / "models/natural.history.csv",
    RESULTS / "segmentation/models/streets/danet/single/0.history.csv",
    RESULTS / "segmentation/models/streets/danet/single/1.history.csv",
    RESULTS / "personalization/models/base.history.csv",
)
THRESHOLD = "0.0021"
# By bin: scores of zero, then bins of equal ratios, of which the threshold splits one.
_EDGES = ("-0.001", "0.0", "0.001", "0.002", THRESHOLD, "0.004", "0.008")
# Images that the network classifies rightly and wrongly, in the bins.
_COUNTS = {
    ("natural", "clean", "0.00"): ((0, 30, 15, 2, 1, 0), (0, 0, 2, 0, 0, 0)),
    ("natural", "pgd", "0.10"): ((0, 0, 4, 4, 2, 0), (0, 0, 10, 10, 12, 8)),
    ("natural", "pgd", "0.20"): ((0, 0, 0, 0, 0, 1), (0, 0, 1, 0, 3, 45)),
    ("natural", "aware", "0.20"): ((3, 0, 1, 0, 0, 0), (5, 20, 14, 3, 4, 0)),
    ("secret", "clean", "0.00"): ((0, 20, 28, 0, 1, 0), (0, 0, 1, 0, 0, 0)),
    ("secret", "pgd", "0.10"): ((0, 0, 30, 4, 0, 0), (0, 0, 6, 0, 10, 0)),
}
_CLASSES = """network,larger,smaller,class,difference,low,high,seeds
danet,same_layer,single,sky,1.5,0.5,2.5,0 1 2
danet,same_layer,single,column_pole,-2.0,-3.0,-1.0,0 1 2
danet,same_layer,single,car,0.4,,,0 1 2
danet,same_layer,single,fence,,,,0 1 2
danet,multiple_layer,single,sky,0.1,-1.0,1.2,0 1 2
danet,multiple_layer,single,car,3.5,1.5,5.5,0 1 2
deeplabv3plus,same_layer,single,</script>,0.7,0.2,1.2,0 2
"""
_SCORES = """method,metric,value,low,high,n_real,n_generated,extractor,extractor_sha256
dreambooth,identity,0.60,0.50,0.70,60,72,,
dreambooth,fidelity,0.20,0.10,0.30,60,72,,
ip_adapter,fidelity,0.40,,,60,72,,
ip_adapter,identity,0.30,,,60,72,,
text_only,fidelity,0.50,0.40,0.60,60,72,,
real_photos,fidelity,1.0,1.0,1.0,60,72,,
real_photos,identity,0.9,0.8,1.0,60,72,,
"""
_HISTORY = "step,loss,learning_rate,validation\n10,2.5,0.1,\n20,0.5,0.01,0.75\n"


def make_charts() -> None:
    """Write what the charts are drawn from, below the current folder."""
    make("adversarial.histograms", {HISTOGRAMS: "\n".join(_histograms()) + "\n"}, {}, {}, 1)
    make("adversarial.calibrate", {THRESHOLDS: _thresholds()}, {}, {}, 1)
    make("segmentation.classes", {CLASSES: _CLASSES}, {}, {}, 1)
    make("personalization.table1", {SCORES: _SCORES}, {}, {}, 1)
    for history in HISTORIES:
        make("adversarial.train", {history: _HISTORY}, {}, {}, 1)


def _histograms() -> Iterator[str]:
    yield "model,attack,epsilon,low,high,correct,wrong"
    for group, (correct, wrong) in _COUNTS.items():
        for bin_ in zip(_EDGES, _EDGES[1:], map(str, correct), map(str, wrong), strict=False):
            if bin_[2:] != ("0", "0"):
                yield ",".join((*group, *bin_))


def _thresholds() -> str:
    return f"reading,threshold,n\nas_written,0.0019,50\nas_published,{THRESHOLD},50\n"


def rates(model: str, attack: str, epsilon: str, threshold: float) -> dict[str, float]:
    """The shares of images, counted from the table as its columns are described."""
    right = wrong = flagged = caught = 0
    with HISTOGRAMS.open() as file:
        for row in csv.DictReader(file):
            if (row["model"], row["attack"], row["epsilon"]) == (model, attack, epsilon):
                right += int(row["correct"])
                wrong += int(row["wrong"])
                if float(row["low"]) >= threshold:
                    caught += int(row["wrong"])
                    flagged += int(row["correct"]) + int(row["wrong"])
    total = right + wrong
    return {
        "accuracy": right / total,
        "tpr": caught / total,
        "combined": (right + caught) / total,
        "flagged": flagged / total,
    }
