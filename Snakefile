"""The whole pipeline: `snakemake` makes every table and figure of one scale."""

from snakemake.utils import min_version

from triptych.cli import app
from triptych.engine import late_jobs, metadata, start
from triptych.panels import PANELS

min_version("9.27")
PARAMETERS = start.load_parameters(workflow, config)
SCALE = PARAMETERS.scale


configfile: "params.yaml"


config = PARAMETERS.model_dump(mode="json")  # as the package reads it
if workflow.is_main_process:
    metadata.restore_records()


onstart:
    start.begin_run(workflow, lambda outputs: check_sources(outputs, PARAMETERS))
    late_jobs.record_finished(workflow, app)


onsuccess:
    metadata.export_records(SCALE, workflow)


onerror:
    metadata.export_records(SCALE, workflow)


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
