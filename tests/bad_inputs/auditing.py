"""Bad tables and options of ``triptych audit``, in a folder without a project."""

from bad_inputs.case import BadInput
from bad_inputs.making import file, folder
from bad_inputs.pictures import png

_TABLE = "method,epsilon,mean,a,b\none,0.1,1.4,1.3,1.5\ntwo,0.2,1.5,1.4,1.5\n"
_AUDIT = "triptych audit table.csv --check"
_MEAN = f"{_AUDIT} mean-of-classes --mean mean --of a,b"
_GRAIN = f"{_AUDIT} granularity --of mean --quantity mean --n"
_HALF = f"{_AUDIT} half-budget --defense a --classifier b --budget epsilon --false-positives 0"


def _case(
    title: str, command: str, names: tuple[str, ...], table: str | bytes | None = _TABLE
) -> BadInput:
    prepare = () if table is None else (file("table.csv", table),)
    return BadInput(title, command, names, prepare, outside=True)


CASES = (
    _case("A table to audit that does not exist", _MEAN, ("table.csv", "No such file"), None),
    _case("An empty table to audit", _MEAN, ("table.csv", "a heading and rows"), ""),
    _case("A table to audit with a column twice", _MEAN, ("table.csv", "a column twice"),
          "method,mean, mean,a,b\none,1,1,1,1\n"),
    _case("A table to audit with the same heading twice", _MEAN, ("table.csv", "a column twice: b"),
          "method,mean,a,b,b\none,1,1,1,1\n"),
    _case("A table to audit that is named twice",
          "triptych audit table.csv ./table.csv --check mean-of-classes --mean mean --of a,b",
          ("the same file twice", "name it once"), "method,mean,a,b\none,1,1,1\n"),
    _case("A table to audit without rows", _MEAN, ("table.csv", "no row"), "method,mean,a,b\n"),
    _case("A picture instead of a table to audit", _MEAN, ("table.csv", "UTF-8"), png(8, 6)),
    BadInput("A folder instead of a table to audit", _MEAN, ("table.csv", "Is a directory"),
             (folder("table.csv"),), outside=True),
    _case("A table to audit with too many cells in a row", _MEAN, ("table.csv", "line N"),
          f"{_TABLE}three,0.3,1,1,1,1\n"),
    _case("A table to audit with too many cells in every row", _MEAN,
          ("table.csv", "Expected 3 fields", "saw 4"), "mean,a,b\none,1.4,1.3,1.5\n"),
    _case("A column that the table to audit does not have",
          f"{_AUDIT} mean-of-classes --mean miou --of a,b",
          ("miou", "method, epsilon, mean, a, b")),
    _case("A number to audit that is none", _MEAN, ("table.csv, row 2, column a", "'1.4 ± 0.1'"),
          _TABLE.replace("1.4,1.5", "1.4 ± 0.1,1.5")),
    _case("A number to audit that is infinite", _MEAN, ("row 2, column a", "'inf'"),
          _TABLE.replace("1.4,1.5", "inf,1.5")),
    _case("A table to audit with blank cells alone", _MEAN, ("at least one row", "blank"),
          "method,mean,a,b\none,1.4,,\n"),
    _case("An unknown check", f"{_AUDIT} benford", ("benford", "mean-of-classes", "--help")),
    _case("A check without its options", f"{_AUDIT} mean-of-classes --of a,b",
          ("no --mean", "--rounding", "docs/audit.md")),
    _case("An option of a check without a column", f"{_AUDIT} mean-of-classes --mean mean --of ''",
          ("no --of",)),
    _case("An option of another check", f"{_MEAN} --budget epsilon", ("--budget", "--mean")),
    _case("A number of items that is no integer", f"{_GRAIN} 2.5", ("2.5", "positive integer")),
    _case("A number of items that is neither integer nor column", f"{_GRAIN} many",
          ("many", "method, epsilon, mean, a, b")),
    _case("A negative number of decimals", f"{_MEAN} --decimals -1",
          ("--decimals", "Must be >= 0")),
    _case("A name in an order that the table does not have",
          f"{_AUDIT} orders --name method --of mean --order 'one>three'",
          ("three", "one, two", "A>B")),
    _case("A name twice in a ranking", f"{_AUDIT} orders --name method --of mean,a",
          ("table.csv, row 3", "one", "--by"), f"{_TABLE}one,0.3,1,1,1\n"),
    _case("A budget twice in a curve", _HALF, ("0.2 twice", "table.csv, row 3", "--by"),
          f"{_TABLE}two,0.2,1,1,1\n"),
    _case("A table to audit without half a budget", _HALF, ("at least one row", "half-budget"),
          _TABLE.replace("0.2", "0.3")),
)  # fmt: skip
