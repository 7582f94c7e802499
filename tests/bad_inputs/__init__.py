"""Mistakes of users, each with the words that its error must contain.

tests/test_bad_inputs.py checks each; `make docs` writes their errors to docs/bad-inputs.md.
"""

from bad_inputs import auditing, commands, data, files, own, parameters, results
from bad_inputs.case import BadInput

GROUPS: dict[str, tuple[BadInput, ...]] = {
    "Parameters": parameters.CASES,
    "Command lines, devices and folders": commands.CASES,
    "Data sets and mirrors": data.CASES,
    "One's own photos and models": own.CASES,
    "Files that a step reads": files.CASES,
    "Results": results.CASES,
    "Tables to audit": auditing.CASES,
}
