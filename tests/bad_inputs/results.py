"""Bad results: runs that are not there, not finished, or not as they were made."""

from bad_inputs.case import BadInput
from bad_inputs.making import altered, file, finished, project

_CLAIMS = "results/tiny/adversarial/claims.csv"
_RECORD = "results/tiny/adversarial/provenance/claims.csv.json"
_ADOPT = "triptych adopt --scale tiny --panel adversarial"
_RECORDS = "results/tiny/records/adversarial.json"
_CRATE = "triptych report write-crate --scale tiny --results results/tiny ..."
_CRATED = (
    "--prepared data/prepared/tiny --papers --workflow Snakefile --configuration params.yaml"
    " --source results/tiny/workflow/MANIFEST.sha256 --crate results/tiny/ro-crate-metadata.json"
)

CASES = (
    BadInput("Claims of a run that is not there", "triptych claims --scale tiny",
             ("results/tiny", "snakemake", "scale=tiny")),
    BadInput("Claims of our own run at a scale that has none",
             "triptych claims --scale tiny --reference", ("reference/tiny", "--reference")),
    BadInput("Claims that were altered", "triptych claims --scale tiny",
             (_CLAIMS, "altered", "SHA-256"), (altered(_CLAIMS),)),
    BadInput("Claims that are empty", "triptych claims --scale tiny",
             (_CLAIMS, "a table of claims"), (file(_CLAIMS),)),
    BadInput("Claims that lack columns", "triptych claims --scale tiny",
             (_CLAIMS, "a table of claims"), (file(_CLAIMS, "panel,key\nadversarial,0.1\n"),)),
    BadInput("A check of a run that is not there", "triptych verify --scale tiny",
             ("results/tiny", "snakemake", "scale=tiny")),
    BadInput("A run without claims is adopted", _ADOPT,
             ("results/tiny/adversarial", "no claims.csv", "snakemake adversarial"),
             (file("results/tiny/adversarial/table2.csv", "epsilon\n0.1\n"),)),
    BadInput("A run with an altered table is adopted", _ADOPT,
             ("results/tiny/adversarial/table2.csv: altered", "triptych verify --scale tiny"),
             (finished, altered("results/tiny/adversarial/table2.csv"))),
    BadInput("A run with a file that nobody made is adopted", _ADOPT,
             ("results/tiny/adversarial/mine.csv: no record", "triptych verify --scale tiny"),
             (finished, file("results/tiny/adversarial/mine.csv", "mine\n"))),
    BadInput("A run with a damaged record is adopted", _ADOPT,
             ("claims.csv: its record is no JSON", "triptych verify --scale tiny"),
             (finished, file(_RECORD, "{"))),
    BadInput("Records of finished jobs that are damaged", "snakemake", (_RECORDS, "delete it"),
             (project(), file(_RECORDS, '{"results/tiny/'))),
    BadInput("A description of a run that is not there", _CRATE,
             ("results/tiny", "records of provenance"), (project(),), _CRATED),
    BadInput("A description of a run with a damaged record", _CRATE,
             ("claims.csv.json", "no JSON", "snakemake"),
             (project(), finished, file(_RECORD, "{")), _CRATED),
    BadInput("A description of a run that lacks a file", _CRATE,
             ("claims.csv (5 bytes, recorded",), (project(), finished, file(_CLAIMS, "short")),
             _CRATED),
)  # fmt: skip
