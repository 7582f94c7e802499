"""Panel 1: natural networks of several training lengths and seeds.

INPUTS   data/prepared/SCALE/DATASET/{train,test}.safetensors, results/SCALE/adversarial/curves.csv
OUTPUTS  results/SCALE/adversarial/: lengths/SEED.safetensors (networks), lengths/SEED.csv,
         training_length.csv, fig6_training_length.*
"""


rule train_lengths:
    input:
        data=adversarial.call(files.training_set),
    output:
        networks="results/{scale}/adversarial/lengths/{seed}.safetensors",
    log:
        "logs/{scale}/adversarial/train_lengths/{seed}.log",
    benchmark:
        "logs/{scale}/adversarial/train_lengths/{seed}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(4000),
        runtime=720,
    params:
        lengths=adversarial.value("training_length.steps"),
        training=adversarial.options("networks.natural"),
        width=adversarial.value("networks.width"),
        validation_images=adversarial.value("networks.validation_images"),
        seed=adversarial.seed("train", "{scale}", "natural", "{seed}"),
        threads=TORCH_THREADS,
        code=code_hash("adversarial.train_lengths"),
    message:
        "Train natural networks of several lengths (seed {wildcards.seed})."
    shell:
        command("adversarial.train_lengths")


rule attack_lengths:
    input:
        networks="results/{scale}/adversarial/lengths/{seed}.safetensors",
        data=adversarial.call(files.test_set),
        thresholds="results/{scale}/adversarial/thresholds.csv",
    output:
        curves="results/{scale}/adversarial/lengths/{seed}.csv",
    log:
        "logs/{scale}/adversarial/attack_lengths/{seed}.log",
    benchmark:
        "logs/{scale}/adversarial/attack_lengths/{seed}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(4000),
        runtime=720,
    params:
        epsilons=adversarial.value("training_length.epsilons"),
        test_images=adversarial.value("training_length.test_images"),
        pgd=adversarial.options("attack.pgd"),
        # As the attack on the panel's own networks: the numbers are comparable.
        seed=adversarial.seed("attack", "{scale}"),
        threads=TORCH_THREADS,
        code=code_hash("adversarial.attack_lengths"),
    message:
        "Attack the natural networks of several lengths (seed {wildcards.seed})."
    shell:
        command("adversarial.attack_lengths")


rule compare_lengths:
    input:
        lengths=adversarial.call(files.length_curves),
        curves="results/{scale}/adversarial/curves.csv",
        published=f"{PUBLISHED}/adversarial/curves.csv",
    output:
        training_length=shown(
            "results/{scale}/adversarial/training_length.csv", "beyond"
        ),
    log:
        "logs/{scale}/adversarial/compare_lengths.log",
    benchmark:
        "logs/{scale}/adversarial/compare_lengths.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        steps=adversarial.value("networks.natural.steps"),
        code=code_hash("adversarial.training_length"),
    message:
        "Compare training lengths and seeds with the published network."
    shell:
        command("adversarial.training_length")


rule draw_lengths:
    input:
        table="results/{scale}/adversarial/training_length.csv",
    output:
        svg=shown("results/{scale}/adversarial/fig6_training_length.svg", "figure"),
        png="results/{scale}/adversarial/fig6_training_length.png",
    log:
        "logs/{scale}/adversarial/draw_lengths.log",
    benchmark:
        "logs/{scale}/adversarial/draw_lengths.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        dataset=adversarial.value("dataset"),
        code=code_hash("adversarial.length_figure"),
    message:
        "Draw accuracy and detection against the training length."
    shell:
        command("adversarial.length_figure")
