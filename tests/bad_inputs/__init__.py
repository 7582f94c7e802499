"""Mistakes of users, each with what its error must name: a test runs them, a page shows them.

`make docs` writes docs/bad-inputs.md of what they say; tests/test_bad_inputs.py holds each.
"""

from bad_inputs import commands, data, files, parameters, results
from bad_inputs.case import BadInput

GROUPS: dict[str, tuple[BadInput, ...]] = {
    "Parameters": parameters.CASES,
    "Command lines, devices and folders": commands.CASES,
    "Data sets and mirrors": data.CASES,
    "Files that a step reads": files.CASES,
    "Results": results.CASES,
}
