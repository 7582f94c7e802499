"""The means of the paper's Table 1, compared with the means of its class IoUs."""

import pandas as pd

# Rounding changes a printed mean, and the mean of printed classes, by half a last digit each.
ALLOWED_GAP = 0.10
_ROUNDING = 1e-9


def class_columns(table: pd.DataFrame) -> list[str]:
    """Return the classes of a published table: its columns after network, method and mIoU."""
    return [name for name in table.columns if name not in ("network", "method", "miou")]


def audit_means(table1: pd.DataFrame) -> pd.DataFrame:
    """Recompute the means of the published Table 1: network, method, miou, classes in percent.

    Columns: network, method, printed, recomputed, gap (recomputed - printed), agrees.
    """
    audit = table1[["network", "method"]].copy()
    audit["printed"] = table1["miou"]
    audit["recomputed"] = table1[class_columns(table1)].mean(axis=1)
    audit["gap"] = audit["recomputed"] - audit["printed"]
    audit["agrees"] = audit["gap"].abs() <= ALLOWED_GAP + _ROUNDING
    return audit
