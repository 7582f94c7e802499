"""The sentences of Ikedo and Hotta 2021 and the means of Table 1, checked by its own numbers."""

from collections.abc import Iterator, Mapping

import pandas as pd

from triptych.audit.orders import orders
from triptych.claims.claims import Claim, text_claim
from triptych.claims.tallies import stated_numbers
from triptych.segmentation.artifacts.tables import (
    PAPER_DATASETS,
    class_columns,
    recomputed_means,
    spelled,
)

PANEL = "segmentation"
_ABSTRACT = ("better_than_single", "better_than_ensemble")
_OFFICIAL_TRAINING_IMAGES = 2975
_CONNECTIONS = ("same_layer", "multiple_layer")
_LARGE_CLASSES = ["road", "building", "bus"]
# Half a last digit of Table 1, and rounding in binary. A difference has twice that.
_HALF_A_DIGIT = 0.05 + 1e-9

# By table of the paper: table1, table2.
Tables = Mapping[str, pd.DataFrame]


def mean_claims(table1: pd.DataFrame) -> Iterator[Claim]:
    """Compare each printed mean with the mean of the printed classes."""
    for row in recomputed_means(table1).to_dict("records"):
        yield text_claim(
            PANEL,
            "table1",
            f"published/{row['network']}/{row['method']}/mean_of_classes",
            row["printed"],
            row["recomputed"],
            row["agrees"],
            f"the mean of the printed classes minus the printed mean is {row['gap']:+.2f}",
        )


def sentence_claims(published: Tables, sentences: pd.DataFrame) -> Iterator[Claim]:
    """Judge sentences of the text by the published tables.

    Parameters
    ----------
    sentences
        key, sentence, value: the number that the sentence states or implies.
    """
    stated = stated_numbers(sentences)
    gains = {table: _gains(printed) for table, printed in published.items()}
    yield from _numbers(published["table1"], gains["table1"], stated)
    yield from _improvements(published, gains["table2"]["miou"], stated)
    yield from _classes(gains["table1"], stated)
    images = stated["training_images"]
    yield _claim(
        "training_images",
        images,
        _OFFICIAL_TRAINING_IMAGES,
        images == _OFFICIAL_TRAINING_IMAGES,
        "images of the official training set of Cityscapes",
    )


def _gains(printed: pd.DataFrame) -> pd.DataFrame:
    """Return mIoU and classes of each connection minus those of the single network."""
    indexed = printed.set_index(["network", "method"])
    single = indexed.xs("single", level="method")
    return indexed.sub(single, level="network").loc[(slice(None), list(_CONNECTIONS)), :]


def _leads(published: Tables, other: str) -> "pd.Series[float]":
    """Return how far each connection is above another method, by the orders of both tables.

    The index names network, connection and the paper's data set.
    """
    leads = {
        _cell_name(printed.at[judgment.rows[0], "network"], connection, table): -judgment.excess
        for table, printed in published.items()
        for connection in _CONNECTIONS
        for judgment in orders(
            printed, name=["method"], of=["miou"], by=["network"], order=f"{connection}>{other}"
        )
    }
    return pd.Series(leads)


def _cell_name(network: str, connection: str, table: str) -> str:
    return f"{spelled(network)}, {spelled(connection)}, {PAPER_DATASETS[table]}"


def _numbers(
    table1: pd.DataFrame, gains: pd.DataFrame, stated: Mapping[str, float]
) -> Iterator[Claim]:
    """Compare numbers of the text with Table 1, which rounds them to one decimal."""
    means = table1.set_index(["network", "method"])["miou"]
    for source, values, allowed, words in (
        ("table1", means, _HALF_A_DIGIT, "the number in the text compared with the table"),
        ("gain", gains["miou"], 2 * _HALF_A_DIGIT, "the gain in the text compared with the table"),
    ):
        for (network, method), value in values.items():
            key = f"{source}/{network}/{method}"
            if key in stated:
                close = abs(stated[key] - value) <= allowed
                yield _claim(key, stated[key], value, close, words)


def _improvements(
    published: Tables, voc: "pd.Series[float]", stated: Mapping[str, float]
) -> Iterator[Claim]:
    """Check sentences that every gain exceeds a number."""
    cells = voc.index.to_flat_index()
    named = voc.set_axis([_cell_name(network, link, "table2") for network, link in cells])
    deeplabv3plus = named[voc.index.get_level_values("network") == "deeplabv3plus"]
    for key, values in (
        ("better_than_single", _leads(published, "single")),
        ("better_than_ensemble", _leads(published, "ensemble")),
        ("deeplabv3plus_more_than_1_percent", deeplabv3plus),
        ("improved_regardless_of_network", named),
    ):
        least, few = float(values.min()), (values <= stated[key]).sum()
        reason = (
            f"smallest of {len(values)} gains in the paper's tables ({values.idxmin()}), {few} of"
            f" them at most {stated[key]:g}"
        )
        yield _claim(key, stated[key], least, least > stated[key], reason)


def _classes(gains: pd.DataFrame, stated: Mapping[str, float]) -> Iterator[Claim]:
    """Check sentences on classes of Cityscapes, for each network and connection."""
    classes = gains[class_columns(gains)]
    for (network, method), values in classes.iterrows():
        if method == "same_layer":
            better, worse = int((values > 0).sum()), int((values < 0).sum())
            key, share = "almost_all_classes", better / len(values)
            yield _claim(
                f"{key}/{network}",
                stated[key],
                share,
                share >= stated[key],
                f"of {len(values)} classes {better} are better and {worse} worse than the single"
                " network's",
            )
        key, large = "large_classes", values[_LARGE_CLASSES]
        fell = [name for name in _LARGE_CLASSES if large[name] < 0]
        yield _claim(
            f"{key}/{network}/{method}",
            stated[key],
            float(large.min()),
            bool(large.min() > stated[key]),
            f"below the single network: {', '.join(fell) or 'none'}",
        )


def _claim(key: str, stated: float, computed: float, holds: bool, reason: str) -> Claim:
    place = "abstract" if key in _ABSTRACT else "section4"
    return text_claim(PANEL, place, f"published/{key}", stated, computed, holds, reason)
