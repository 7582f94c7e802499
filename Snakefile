"""The whole pipeline: `snakemake` makes every table and figure of one scale."""

from snakemake.utils import min_version

from triptych.engine.metadata import export_records, restore_records
from triptych.engine.start import begin_run, load_parameters
from triptych.engine.late_jobs import record_finished

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
