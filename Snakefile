"""The whole pipeline: `snakemake` makes every table and figure of one scale."""

from snakemake.utils import min_version

from triptych.cli import app
from triptych.engine import late_jobs, metadata, start

min_version("9.27")
PARAMETERS = start.load_parameters(workflow)
SCALE = PARAMETERS.scale


configfile: "params.yaml"


config = PARAMETERS.model_dump(mode="json")  # as the package reads it
if workflow.is_main_process:
    metadata.restore_records()


onstart:
    start.begin_run(workflow)
    late_jobs.record_finished(workflow, app)


onsuccess:
    metadata.export_records(SCALE, workflow)


onerror:
    metadata.export_records(SCALE, workflow)


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/adversarial.smk"
include: "workflow/rules/segmentation.smk"
include: "workflow/rules/personalization.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        rules.adversarial.input,
        rules.segmentation.input,
        rules.personalization.input,
        rules.claims.input,
        rules.report.input,
    message:
        "Everything of scale {SCALE} is there."
