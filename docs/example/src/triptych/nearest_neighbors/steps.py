"""The steps of panel 4; the command line exposes them."""

from triptych.job.options import Claims, Dataset, Findings, Metrics, Tolerances
from triptych.job.step import Input, Output, step


@step
def table1(
    *, train: Input, test: Input, published: Input, csv: Output, markdown: Output,
    neighbors: list[int], dataset: Dataset,
) -> None:  # fmt: skip
    """Read the test digits by their nearest neighbors.

    Parameters
    ----------
    train, test
        Prepared digits.
    published
        The paper's table.
    csv, markdown
        The table to write.
    neighbors
        How many vote; a row for each.
    """
    import pandas as pd

    from triptych.data.images import load
    from triptych.drawing.tables import write_csv, write_markdown
    from triptych.nearest_neighbors.evaluate import accuracy_table

    table = accuracy_table(load(train), load(test), neighbors)
    paper = pd.read_csv(published).set_index("neighbors")["accuracy"]
    table["published"] = table["neighbors"].map(paper)
    write_csv(table, csv)
    caption = f"Accuracy in percent: this run on {dataset}, the paper on its own digits."
    write_markdown(table.round(2), markdown, caption)


@step
def claims(
    *, table: Input, published: Input, tolerances: Tolerances, claims: Claims, metrics: Metrics,
    dataset: Dataset,
) -> None:  # fmt: skip
    """Compare every published accuracy with this run's.

    Parameters
    ----------
    table, published
        The reproduced and the published table (CSV).
    """
    import pandas as pd

    from triptych.claims.claims import read_tolerances, write_claims
    from triptych.drawing.tables import write_json
    from triptych.nearest_neighbors.artifacts import all_claims

    accuracies = pd.read_csv(table)
    tolerance = read_tolerances(tolerances, "nearest_neighbors")["accuracy"]
    write_claims(list(all_claims(accuracies, pd.read_csv(published), tolerance, dataset)), claims)
    write_json({str(row.neighbors): row.accuracy for row in accuracies.itertuples()}, metrics)


@step
def findings(*, table: Input, published: Input, findings: Findings) -> None:
    """Write the findings that go beyond the paper.

    Parameters
    ----------
    table, published
        The reproduced and the published table (CSV).
    """
    import pandas as pd

    from triptych.nearest_neighbors.artifacts import findings as text
    from triptych.storage.files import write_text

    write_text(findings, text(pd.read_csv(table), pd.read_csv(published)))


STEPS = (table1, claims, findings)
