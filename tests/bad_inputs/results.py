"""Bad results: missing, unfinished or altered runs."""

from bad_inputs.case import BadInput
from bad_inputs.making import altered, file, finished, gone, project

_CLAIMS = "results/tiny/adversarial/claims.csv"
_RECORD = "results/tiny/adversarial/provenance/claims.csv.json"
_ADOPT = "triptych adopt --scale tiny --panel adversarial"
_RECORDS = "results/tiny/records/adversarial.json"
_CRATE = "triptych report write-crate --scale tiny --results results/tiny ..."
_CRATED = (
    # The run is examined before any paper is read.
    "--prepared data/prepared/tiny --papers params.yaml --workflow Snakefile"
    " --configuration params.yaml --source results/tiny/workflow/MANIFEST.sha256"
    " --crate results/tiny/ro-crate-metadata.json"
)

_COLUMNS = (
    "panel,artifact,key,kind,scope,published,reproduced,low,high,n_seeds,tolerance,verdict,reason\n"
)
_OTHER_PANEL = (
    f"{_COLUMNS}segmentation,table1,danet/single/bus,value,direct,1,1,0,2,1,1,agrees,equal\n"
)
_CHANGED = f"{_COLUMNS}adversarial,section5,key,text,published_only,1,1,,,,,holds,a reason\n"

CASES = (
    BadInput("Claims of a missing run", "triptych claims --scale tiny",
             ("results/tiny", "snakemake", "scale=tiny")),
    BadInput("Claims of an adopted run at a scale without one",
             "triptych claims --scale tiny --reference", ("reference/tiny", "--reference")),
    BadInput("Claims that were altered", "triptych claims --scale tiny",
             (_CLAIMS, "altered", "SHA-256"), (altered(_CLAIMS),)),
    BadInput("An empty file of claims", "triptych claims --scale tiny",
             (_CLAIMS, "a table of claims"), (file(_CLAIMS),)),
    BadInput("Claims without some columns", "triptych claims --scale tiny",
             (_CLAIMS, "a table of claims"), (file(_CLAIMS, "panel,key\nadversarial,0.1\n"),)),
    BadInput("A summary of a panel without claims",
             "triptych summary --scale tiny --panel segmentation",
             ("claims of segmentation", "claims of adversarial", "snakemake segmentation"),
             (finished,)),
    BadInput("A report of adopted runs at a scale without one",
             "triptych report --scale tiny --reference",
             ("adopted run of scale tiny", "--reference"), (project(),)),
    BadInput("A key that no claim has", "triptych explain section5/kee --scale tiny",
             ("section5/kee, which no claim has", "adversarial/section5/key"), (finished,)),
    BadInput("The chain of an adopted run at a scale without one",
             "triptych explain table2/key --scale tiny --reference", ("reference/tiny", "adopted")),
    BadInput("A replay of a missing run", "triptych replay section5/key --scale tiny",
             ("results/tiny", "snakemake", "scale=tiny")),
    BadInput("A replay of a claim without a record", "triptych replay section5/key --scale tiny",
             (_CLAIMS, "a record of how the claims were made"), (finished, file(_RECORD, "{"))),
    BadInput("A replay of an altered claim", "triptych replay section5/key --scale tiny",
             (_CLAIMS, "altered"), (finished, file(_CLAIMS, _CHANGED))),
    BadInput("A replay whose raw results are gone", "triptych replay section5/key --scale tiny",
             ("no planted.csv", "snakemake", "dvc pull"), (finished, gone("planted.csv"))),
    BadInput("A replay into a folder with files",
             "triptych replay section5/key --scale tiny --folder mine", ("mine", "with files"),
             (finished, file("mine/a.txt"))),
    BadInput("A replay from an unknown level",
             "triptych replay section5/key --scale tiny --from scratch",
             ("scratch", "raw", "model", "data")),
    BadInput("A comparison with a folder without claims", "triptych compare results/tiny other",
             ("other", "no such file or folder", "reference/lab"), (finished,)),
    BadInput("A comparison with a file that is no packed run",
             "triptych compare results/tiny other.zip", ("other.zip", "not a zip file"),
             (finished, file("other.zip", "text"))),
    BadInput("A comparison of runs of different panels",
             "triptych compare results/tiny other", ("adversarial", "segmentation"),
             (finished, file("other/claims.csv", _OTHER_PANEL))),
    BadInput("Verification of a missing run", "triptych verify --scale tiny",
             ("results/tiny", "snakemake", "scale=tiny")),
    BadInput("Verification of nothing", "triptych verify",
             ("neither", "triptych verify PACK.zip")),
    BadInput("Verification of a file that is no packed run", "triptych verify other.zip",
             ("other.zip", "not a zip file"), (file("other.zip", "text"),)),
    BadInput("Packing a run that is not finished", "triptych pack --scale tiny",
             ("results/tiny", "no conclusions.csv", "snakemake"), (finished,)),
    BadInput("Adopting a run without claims", _ADOPT,
             ("results/tiny/adversarial", "no claims.csv", "snakemake adversarial"),
             (file("results/tiny/adversarial/table2.csv", "epsilon\n0.1\n"),)),
    BadInput("Adding to a run that was never adopted", f"{_ADOPT} --add",
             ("reference/tiny/adversarial", "triptych adopt"), (finished,)),
    BadInput("Adopting a run with an altered table", _ADOPT,
             ("results/tiny/adversarial/table2.csv: altered", "triptych verify --scale tiny"),
             (finished, altered("results/tiny/adversarial/table2.csv"))),
    BadInput("Adopting a run with a file that no job made", _ADOPT,
             ("results/tiny/adversarial/mine.csv: no record", "triptych verify --scale tiny"),
             (finished, file("results/tiny/adversarial/mine.csv", "mine\n"))),
    BadInput("Adopting a run with a damaged record", _ADOPT,
             ("claims.csv: its record is no JSON", "triptych verify --scale tiny"),
             (finished, file(_RECORD, "{"))),
    BadInput("Damaged records of finished jobs", "snakemake", (_RECORDS, "delete it"),
             (project(), file(_RECORDS, '{"results/tiny/'))),
    BadInput("A crate of a missing run", _CRATE,
             ("results/tiny", "records of provenance"), (project(),), _CRATED),
    BadInput("A crate of a run with a damaged record", _CRATE,
             ("claims.csv.json", "no JSON", "snakemake"),
             (project(), finished, file(_RECORD, "{")), _CRATED),
    BadInput("A crate of a run with an altered file", _CRATE,
             ("claims.csv (5 bytes, recorded",), (project(), finished, file(_CLAIMS, "short")),
             _CRATED),
)  # fmt: skip
