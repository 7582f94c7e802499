"""Panel 1: from labelled digits to the curves of Schöttle et al. 2018.

INPUTS   data/prepared/SCALE/DATASET/{train,test}.safetensors
OUTPUTS  results/SCALE/adversarial/: models, attacks, scores (raw results of every image),
         thresholds.csv, curves.csv, controls.csv
"""


include: "../functions/adversarial.smk"
include: "adversarial_artifacts.smk"


rule train_network:
    input:
        data=training_set,
    output:
        network="results/{scale}/adversarial/models/{network}.safetensors",
        history="results/{scale}/adversarial/models/{network}.history.csv",
    log:
        "logs/{scale}/adversarial/train_network/{network}.log",
    benchmark:
        "logs/{scale}/adversarial/train_network/{network}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(4000),
        runtime=720,
    params:
        training=training_options,
        width=lookup(dpath="scales/{scale}/adversarial/networks/width", within=config),
        validation_images=lookup(
            dpath="scales/{scale}/adversarial/networks/validation_images",
            within=config,
        ),
        seed=network_seed,
        torch_threads=TORCH_THREADS,
        code=code_hash("adversarial.train"),
    message:
        "Train the {wildcards.network} network at scale {wildcards.scale}."
    shell:
        "triptych adversarial train --data {input.data}"
        " --network {output.network} --history {output.history}"
        " {params.training} --width {params.width}"
        " --validation-images {params.validation_images}"
        " --seed {params.seed} --threads {params.torch_threads} 2> {log}"


rule convert_released_network:
    input:
        manifest=released_manifest,
    output:
        network="results/{scale}/adversarial/models/released/{network}.safetensors",
    log:
        "logs/{scale}/adversarial/convert_released_network/{network}.log",
    benchmark:
        "logs/{scale}/adversarial/convert_released_network/{network}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=code_hash("adversarial.convert"),
    message:
        "Convert the released {wildcards.network} network from TensorFlow."
    shell:
        "triptych adversarial convert --manifest {input.manifest}"
        " --network {output.network} 2> {log}"


rule calibrate_detector:
    input:
        data=training_set,
    output:
        thresholds=shown("results/{scale}/adversarial/thresholds.csv", "beyond"),
    log:
        "logs/{scale}/adversarial/calibrate_detector.log",
    benchmark:
        "logs/{scale}/adversarial/calibrate_detector.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        calibration_images=lookup(
            dpath="scales/{scale}/adversarial/detector/calibration_images",
            within=config,
        ),
        code=code_hash("adversarial.calibrate"),
    message:
        "Set the detector's thresholds on clean training images."
    shell:
        "triptych adversarial calibrate --data {input.data}"
        " --thresholds {output.thresholds}"
        " --calibration-images {params.calibration_images} 2> {log}"


rule attack_network:
    input:
        network=network_weights,
        data=test_set,
    output:
        attacks="results/{scale}/adversarial/attacks/{network}/{start}/{chunk}.safetensors",
    log:
        "logs/{scale}/adversarial/attack_network/{network}/{start}/{chunk}.log",
    benchmark:
        "logs/{scale}/adversarial/attack_network/{network}/{start}/{chunk}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(4000),
        runtime=720,
    params:
        epsilons=chunk_epsilons,
        pgd=attack_options,
        start=start_option,
        test_images=lookup(
            dpath="scales/{scale}/adversarial/attack/test_images", within=config
        ),
        seed=attack_seed,
        torch_threads=TORCH_THREADS,
        code=code_hash("adversarial.attack"),
    message:
        "Attack the {wildcards.network} network ({wildcards.start}, chunk {wildcards.chunk})."
    shell:
        "triptych adversarial attack --network {input.network} --data {input.data}"
        " --attacks {output.attacks} --epsilons {params.epsilons}"
        " --test-images {params.test_images} {params.pgd} {params.start}"
        " --seed {params.seed} --threads {params.torch_threads} 2> {log}"


rule score_attacks:
    input:
        network=network_weights,
        data=test_set,
        attacks=attack_chunks,
    output:
        scores="results/{scale}/adversarial/scores/{network}/{start}.safetensors",
    log:
        "logs/{scale}/adversarial/score_attacks/{network}/{start}.log",
    benchmark:
        "logs/{scale}/adversarial/score_attacks/{network}/{start}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        mem_mb=memory(4000),
        runtime=30,
    params:
        test_images=lookup(
            dpath="scales/{scale}/adversarial/attack/test_images", within=config
        ),
        torch_threads=TORCH_THREADS,
        code=code_hash("adversarial.score"),
    message:
        "Score the attacks on the {wildcards.network} network ({wildcards.start})."
    shell:
        "triptych adversarial score --network {input.network} --data {input.data}"
        " --attacks {input.attacks} --scores {output.scores}"
        " --test-images {params.test_images} --threads {params.torch_threads} 2> {log}"


rule count_curves:
    input:
        natural="results/{scale}/adversarial/scores/natural/random_start.safetensors",
        secret="results/{scale}/adversarial/scores/secret/random_start.safetensors",
        thresholds="results/{scale}/adversarial/thresholds.csv",
    output:
        curves=shown("results/{scale}/adversarial/curves.csv", "beyond"),
    log:
        "logs/{scale}/adversarial/count_curves.log",
    benchmark:
        "logs/{scale}/adversarial/count_curves.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_hash("adversarial.curves"),
    message:
        "Count accuracy and detection at every epsilon."
    shell:
        "triptych adversarial curves --natural {input.natural} --secret {input.secret}"
        " --thresholds {input.thresholds} --curves {output.curves} 2> {log}"


rule count_controls:
    input:
        data=test_set,
        natural="results/{scale}/adversarial/scores/natural/random_start.safetensors",
        secret="results/{scale}/adversarial/scores/secret/random_start.safetensors",
        natural_zero_start="results/{scale}/adversarial/scores/natural/zero_start.safetensors",
        secret_zero_start="results/{scale}/adversarial/scores/secret/zero_start.safetensors",
        thresholds="results/{scale}/adversarial/thresholds.csv",
    output:
        controls=shown("results/{scale}/adversarial/controls.csv", "beyond"),
    log:
        "logs/{scale}/adversarial/count_controls.log",
    benchmark:
        "logs/{scale}/adversarial/count_controls.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        test_images=lookup(
            dpath="scales/{scale}/adversarial/attack/test_images", within=config
        ),
        seed=noise_seed,
        code=code_hash("adversarial.control"),
    message:
        "Count plain noise, attacks without a random start, and the signed detector."
    shell:
        "triptych adversarial control --data {input.data}"
        " --natural {input.natural} --secret {input.secret}"
        " --natural-zero-start {input.natural_zero_start}"
        " --secret-zero-start {input.secret_zero_start}"
        " --thresholds {input.thresholds} --controls {output.controls}"
        " --test-images {params.test_images} --seed {params.seed} 2> {log}"
