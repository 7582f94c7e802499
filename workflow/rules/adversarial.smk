"""Panel 1: from labeled digits to the curves of Schöttle et al. 2018.

INPUTS   data/prepared/SCALE/DATASET/{train,test}.safetensors
OUTPUTS  results/SCALE/adversarial/: models, attacks, scores (raw results of every image),
         thresholds.csv, curves.csv, controls.csv, adaptive.csv, convergence.csv
"""

from triptych.adversarial import files

adversarial = Lookups(PARAMETERS, "adversarial")


wildcard_constraints:
    start="|".join(files.STARTS),
    chunk=r"\d+",
    seed=r"\d+",
    detector=r"\w+",
    curve_figure="|".join((*files.CURVE_FIGURES, files.ADAPTIVE_FIGURE)),


include: "adversarial_artifacts.smk"
include: "adversarial_lengths.smk"
include: "adversarial_further.smk"


rule train_network:
    input:
        data=adversarial.call(files.training_set),
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
        training=adversarial.options("networks.{network}"),
        width=adversarial.value("networks.width"),
        validation_images=adversarial.value("networks.validation_images"),
        seed=adversarial.seed("train", "{scale}", "{network}"),
        threads=TORCH_THREADS,
        code=code_hash("adversarial.train"),
    message:
        "Train the {wildcards.network} network at scale {wildcards.scale}."
    shell:
        command("adversarial.train")


rule convert_released_network:
    input:
        manifest=adversarial.call(files.released_manifest),
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
        command("adversarial.convert")


rule calibrate_detector:
    input:
        data=adversarial.call(files.training_set),
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
        calibration_images=adversarial.value("detector.calibration_images"),
        code=code_hash("adversarial.calibrate"),
    message:
        "Set the detector's thresholds on clean training images."
    shell:
        command("adversarial.calibrate")


rule attack_network:
    input:
        network=adversarial.call(files.network_weights),
        data=adversarial.call(files.test_set),
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
        epsilons=adversarial.call(files.chunk_epsilons),
        test_images=adversarial.value("attack.test_images"),
        pgd=adversarial.options("attack.pgd"),
        random_start=lambda wildcards: wildcards.start == "random_start",
        # All epsilons, chunks and starts share a seed: points of a curve are comparable.
        seed=adversarial.seed("attack", "{scale}"),
        threads=TORCH_THREADS,
        code=code_hash("adversarial.attack"),
    message:
        "Attack the {wildcards.network} network ({wildcards.start}, chunk {wildcards.chunk})."
    shell:
        command("adversarial.attack")


rule adapt_attack:
    input:
        network=adversarial.call(files.network_weights),
        data=adversarial.call(files.test_set),
        thresholds="results/{scale}/adversarial/thresholds.csv",
    output:
        adapted="results/{scale}/adversarial/adaptive/{network}.safetensors",
    log:
        "logs/{scale}/adversarial/adapt_attack/{network}.log",
    benchmark:
        "logs/{scale}/adversarial/adapt_attack/{network}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(4000),
        runtime=720,
    params:
        adaptive=adversarial.options("adaptive"),
        test_images=adversarial.value("attack.test_images"),
        seed=adversarial.seed("adapt", "{scale}"),
        threads=TORCH_THREADS,
        code=code_hash("adversarial.adapt"),
    message:
        "Attack the {wildcards.network} network with knowledge of the detector."
    shell:
        command("adversarial.adapt")


rule score_attacks:
    input:
        network=adversarial.call(files.network_weights),
        data=adversarial.call(files.test_set),
        attacks=adversarial.call(files.attack_chunks),
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
        test_images=adversarial.value("attack.test_images"),
        threads=TORCH_THREADS,
        code=code_hash("adversarial.score"),
    message:
        "Score the attacks on the {wildcards.network} network ({wildcards.start})."
    shell:
        command("adversarial.score")


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
        command("adversarial.curves")


rule count_controls:
    input:
        data=adversarial.call(files.test_set),
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
        test_images=adversarial.value("attack.test_images"),
        seed=adversarial.seed("noise", "{scale}"),
        code=code_hash("adversarial.control"),
    message:
        "Count plain noise, attacks without a random start, and the signed detector."
    shell:
        command("adversarial.control")


rule check_convergence:
    input:
        natural=adversarial.call(files.natural_weights),
        secret=adversarial.call(files.secret_weights),
        data=adversarial.call(files.test_set),
        thresholds="results/{scale}/adversarial/thresholds.csv",
    output:
        table=shown("results/{scale}/adversarial/convergence.csv", "beyond"),
    log:
        "logs/{scale}/adversarial/check_convergence.log",
    benchmark:
        "logs/{scale}/adversarial/check_convergence.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(4000),
        runtime=240,
    params:
        convergence=adversarial.options("convergence", "convergence"),
        pgd=adversarial.options("attack.pgd"),
        # The seed of the curves: the first start is theirs.
        seed=adversarial.seed("attack", "{scale}"),
        threads=TORCH_THREADS,
        code=code_hash("adversarial.converge"),
    message:
        "Attack with more steps, with more starts, and without gradients."
    shell:
        command("adversarial.converge")
