"""A run that equals the paper's Table 1, and the claims that follow from it."""

from itertools import combinations

import pandas as pd
from scored_faces import PUBLISHED

from triptych.claims.claims import read_tolerances
from triptych.personalization.artifacts.claims import all_claims
from triptych.personalization.artifacts.numbers import Numbers
from triptych.personalization.artifacts.setting import Setting

FOLDER = PUBLISHED / "personalization"
TABLE = pd.read_csv(FOLDER / "table1.csv")
PAPER = Setting(
    "inception_v3", "dlib_resnet", "lfw", 512, "stable_diffusion_v1_5", "ip_adapter_sd15"
)
DECOY = 3.0
NO_SEEDS = pd.DataFrame(columns=["method", "seed", "metric", "value"])
# Class scores of real photos by classifiers of ImageNet, as measured in the notes.
CLASSIFIED = pd.DataFrame(
    {
        "network": ["lite0", "lite1"],
        "sha256": ["ab" * 32, "cd" * 32],
        "n": [2541, 530],
        "is_marginal": [2.76, 2.29],
        "is_uniform": [30.4, 14.7],
        "mean_entropy": [3.49, 4.22],
    }
)


def published_scores():
    """The published numbers in the form of a run; the other inception score is a decoy."""
    names = {"is": "is_uniform", "fid": "fid"}
    rows = [
        {"method": row["method"], "metric": name, "value": row[column]}
        for row in TABLE.to_dict("records")
        for column, name in names.items()
    ]
    rows += [{"method": m, "metric": "is_marginal", "value": DECOY} for m in TABLE["method"]]
    table = pd.DataFrame(rows)
    return table.assign(low=table["value"] - 0.2, high=table["value"] + 0.2)


def published_comparisons():
    """The published differences in the form of a run, each plus or minus 0.1.

    The kernel distance has the order of the FID, identity the opposite order of the IS.
    """
    rows = []
    for column, name, sign in (
        ("is", "is_uniform", 1),
        ("fid", "fid", 1),
        ("fid", "kid_inception_v3", 1),
        ("is", "identity", -1),
    ):
        printed = sign * TABLE.set_index("method")[column]
        for first, second in combinations(printed.index, 2):
            gap = printed[first] - printed[second]
            verdict = "above" if gap > 0 else "below"
            rows.append((name, first, second, gap, gap - 0.1, gap + 0.1, 3, verdict, "p"))
    columns = ("metric", "first", "second", "difference", "low", "high", "n_seeds")
    table = pd.DataFrame(rows, columns=[*columns, "verdict", "reason"])
    return table.assign(kind="other", p=1e-6, smallest=0.05)


def judge(
    scores, comparisons, setting=PAPER, published=TABLE, classified=CLASSIFIED, seeds=NO_SEEDS
):
    """Judge tables against the paper; returns the claims by key."""
    networks = pd.DataFrame(
        {"role": ["features", "identity"], "name": [setting.extractor, setting.judge]}
    )
    found = all_claims(
        Numbers(scores, comparisons, seeds, networks),
        published,
        pd.read_csv(FOLDER / "sentences.csv"),
        read_tolerances(PUBLISHED / "personalization/tolerances.csv", "personalization"),
        setting,
        classified,
    )
    by_key = {claim.key: claim for claim in found}
    assert len(by_key) == len(found)
    return by_key
