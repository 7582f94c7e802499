"""Panel 1: the attack that knows a detector; further detectors, judged as the paper's.

INPUTS   data/prepared/SCALE/DATASET/{train,test}.safetensors, models and attacks of panel 1
OUTPUTS  results/SCALE/adversarial/: adaptive.csv, further/, further_curves.csv, further_adaptive.csv, further_auc.csv
"""

from triptych.adversarial import files


rule count_adaptive:
    input:
        natural="results/{scale}/adversarial/adaptive/natural.safetensors",
        secret="results/{scale}/adversarial/adaptive/secret.safetensors",
        thresholds="results/{scale}/adversarial/thresholds.csv",
    output:
        adaptive=shown("results/{scale}/adversarial/adaptive.csv", "beyond"),
    log:
        "logs/{scale}/adversarial/count_adaptive.log",
    benchmark:
        "logs/{scale}/adversarial/count_adaptive.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_hash("adversarial.adaptive"),
    message:
        "Count accuracy and detection under the attack that knows the detector."
    shell:
        command("adversarial.adaptive")


rule judge_detector:
    input:
        network=adversarial.call(files.network_weights),
        training=adversarial.call(files.training_set),
        data=adversarial.call(files.test_set),
        attacks=adversarial.call(files.paper_attacks),
    output:
        judged="results/{scale}/adversarial/further/{detector}/{network}.safetensors",
    log:
        "logs/{scale}/adversarial/judge_detector/{detector}/{network}.log",
    benchmark:
        "logs/{scale}/adversarial/judge_detector/{detector}/{network}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(4000),
        runtime=720,
    params:
        detector="{detector}",
        adaptive=adversarial.options("adaptive"),
        calibration_images=adversarial.value("detector.calibration_images"),
        test_images=adversarial.value("attack.test_images"),
        seed=adversarial.seed("adapt", "{scale}"),
        threads=TORCH_THREADS,
        code=code_hash("adversarial.judge_detector"),
    message:
        "Judge the detector {wildcards.detector} on the {wildcards.network} network."
    shell:
        command("adversarial.judge_detector")


rule count_detectors:
    input:
        natural=adversarial.call(files.natural_detectors),
        secret=adversarial.call(files.secret_detectors),
    output:
        curves=shown("results/{scale}/adversarial/further_curves.csv", "beyond"),
        adaptive="results/{scale}/adversarial/further_adaptive.csv",
        auc="results/{scale}/adversarial/further_auc.csv",
    log:
        "logs/{scale}/adversarial/count_detectors.log",
    benchmark:
        "logs/{scale}/adversarial/count_detectors.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_hash("adversarial.count_detectors"),
    message:
        "Count how further detectors do at scale {wildcards.scale}."
    shell:
        command("adversarial.count_detectors")
