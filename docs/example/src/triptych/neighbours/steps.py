"""The steps of panel 4; the command line exposes them."""

from triptych.job.step import Input, Output, step


@step
def table1(
    *, train: Input, test: Input, published: Input, csv: Output, markdown: Output,
    neighbours: list[int], dataset: str,
) -> None:  # fmt: skip
    """Read the test digits by their neighbours.

    Parameters
    ----------
    train, test
        Prepared digits.
    published
        The paper's table.
    csv, markdown
        The table to be made.
    neighbours
        How many vote; a row for each.
    dataset
        Which digits, for the caption.
    """
    import pandas as pd

    from triptych.data.images import load
    from triptych.drawing.tables import write_csv, write_markdown
    from triptych.neighbours.evaluate import accuracy_table

    table = accuracy_table(load(train), load(test), neighbours)
    paper = pd.read_csv(published).set_index("neighbours")["accuracy"]
    table["published"] = table["neighbours"].map(paper)
    write_csv(table, csv)
    caption = f"Accuracy in percent, ours on {dataset}, the paper's on its own digits."
    write_markdown(table.round(2), markdown, caption)


@step
def claims(
    *, table: Input, published: Input, tolerances: Input, claims: Output, metrics: Output,
    dataset: str,
) -> None:  # fmt: skip
    """Compare every published accuracy with this run's.

    Parameters
    ----------
    table, published, tolerances
        This run's table, the paper's table, and the tolerances (CSV).
    claims, metrics
        The verdicts (CSV, output) and the headline numbers (JSON, output).
    dataset
        The digits that were classified.
    """
    import pandas as pd

    from triptych.claims.claims import read_tolerances, write_claims
    from triptych.drawing.tables import write_json
    from triptych.neighbours.artifacts import all_claims

    scores, tolerance = pd.read_csv(table), read_tolerances(tolerances, "neighbours")["accuracy"]
    write_claims(list(all_claims(scores, pd.read_csv(published), tolerance, dataset)), claims)
    write_json({str(row.neighbours): row.accuracy for row in scores.itertuples()}, metrics)


@step
def findings(*, table: Input, published: Input, findings: Output) -> None:
    """Write down what the paper does not say.

    Parameters
    ----------
    table, published
        Ours and the paper's (CSV).
    """
    import pandas as pd

    from triptych.neighbours.artifacts import findings as text
    from triptych.storage.files import write_text

    write_text(findings, text(pd.read_csv(table), pd.read_csv(published)))


STEPS = (table1, claims, findings)
