"""The whole pipeline: `snakemake` makes every table and figure of one scale."""

from snakemake.utils import min_version

from triptych.engine.late_jobs import record_finished
from triptych.engine.metadata import export_records, restore_records
from triptych.engine.start import begin_run, load_parameters
from triptych.panels import PANELS

min_version("9.27")
PARAMETERS = load_parameters(workflow)
SCALE = PARAMETERS.scale


configfile: "params.yaml"


config = PARAMETERS.model_dump(mode="json")  # as the package reads it
if workflow.is_main_process:
    restore_records()


onstart:
    begin_run(workflow)
    record_finished(workflow)


onsuccess:
    export_records(SCALE, workflow)


onerror:
    export_records(SCALE, workflow)


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"


for panel in PANELS:

    include: f"workflow/rules/{panel}.smk"


include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        [getattr(rules, name).input for name in (*PANELS, "claims", "report")],
    message:
        "Everything of scale {SCALE} is there."
