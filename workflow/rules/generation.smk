"""Panel 3: from models to generated images and what networks see in them.

INPUTS   results/SCALE/personalization/: captions.csv, models; the prepared photos
OUTPUTS  results/SCALE/personalization/raw/: the images of each row of the table, features
"""


rule generate_class_images:
    input:
        base=base_model,
    output:
        images="results/{scale}/personalization/raw/class_images.safetensors",
    log:
        "logs/{scale}/personalization/generate_class_images.log",
    benchmark:
        "logs/{scale}/personalization/generate_class_images.benchmark.tsv"
    priority: 2
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(16000),
        runtime=240,
    params:
        dreambooth=dreambooth_options,
        sampling=sampling_options,
        resolution=lookup(
            dpath="scales/{scale}/personalization/resolution", within=config
        ),
        seed=class_images_seed,
        torch_threads=TORCH_THREADS,
        code=code_hash("personalization.class_images"),
    message:
        "Generate the images of DreamBooth's prior."
    shell:
        "triptych personalization class-images --base {input.base} --images {output.images}"
        " {params.dreambooth} {params.sampling} --resolution {params.resolution}"
        " --seed {params.seed} --threads {params.torch_threads} 2> {log}"


rule fine_tune_persons:
    input:
        photos=test_photos,
        captions="results/{scale}/personalization/captions.csv",
        base=base_model,
        class_images="results/{scale}/personalization/raw/class_images.safetensors",
    output:
        generated="results/{scale}/personalization/raw/dreambooth_{job}.safetensors",
    log:
        "logs/{scale}/personalization/fine_tune_persons/{job}.log",
    benchmark:
        "logs/{scale}/personalization/fine_tune_persons/{job}.benchmark.tsv"
    priority: 2
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(32000),
        runtime=2880,
    params:
        dreambooth=dreambooth_options,
        noise=noise_options,
        sampling=sampling_options,
        references=lookup(
            dpath="scales/{scale}/personalization/references", within=config
        ),
        resolution=lookup(
            dpath="scales/{scale}/personalization/resolution", within=config
        ),
        division_seed=division_seed,
        seed=generation_seed,
        training_seed=dreambooth_seed,
        torch_threads=TORCH_THREADS,
        code=code_hash("personalization.dreambooth"),
    message:
        "Fine-tune the base model for each person of share {wildcards.job} and generate."
    shell:
        "triptych personalization dreambooth --photos {input.photos} --captions {input.captions}"
        " --base {input.base} --class-images {input.class_images} --generated {output.generated}"
        " --job {wildcards.job} {params.dreambooth} {params.sampling} {params.noise}"
        " --references {params.references} --resolution {params.resolution}"
        " --division-seed {params.division_seed} --seed {params.seed}"
        " --training-seed {params.training_seed} --threads {params.torch_threads} 2> {log}"


rule join_dreambooth:
    input:
        shares=dreambooth_shares,
    output:
        generated="results/{scale}/personalization/raw/dreambooth.safetensors",
    log:
        "logs/{scale}/personalization/join_dreambooth.log",
    benchmark:
        "logs/{scale}/personalization/join_dreambooth.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(16000),
        runtime=30,
    params:
        code=code_hash("personalization.join"),
    message:
        "Join the images of DreamBooth's shares."
    shell:
        "triptych personalization join --shares {input.shares}"
        " --generated {output.generated} 2> {log}"


rule generate_row:
    input:
        photos=test_photos,
        captions="results/{scale}/personalization/captions.csv",
        base=base_model,
        adapter=row_adapter,
    output:
        generated=GENERATED,
    log:
        "logs/{scale}/personalization/generate_row/{variant}.log",
    benchmark:
        "logs/{scale}/personalization/generate_row/{variant}.benchmark.tsv"
    priority: 1
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(16000),
        runtime=480,
    params:
        rows=job_rows,
        sampling=sampling_options,
        references=lookup(
            dpath="scales/{scale}/personalization/references", within=config
        ),
        resolution=lookup(
            dpath="scales/{scale}/personalization/resolution", within=config
        ),
        division_seed=division_seed,
        seed=generation_seed,
        torch_threads=TORCH_THREADS,
        code=code_hash("personalization.generate"),
    message:
        "Generate the images of {wildcards.variant}."
    shell:
        "triptych personalization generate --photos {input.photos} --captions {input.captions}"
        " --base {input.base} --adapter {input.adapter} --generated {output.generated}"
        " --variants {params.rows} {params.sampling} --references {params.references}"
        " --resolution {params.resolution} --division-seed {params.division_seed}"
        " --seed {params.seed} --threads {params.torch_threads} 2> {log}"


if PLAIN_ROWS:

    # Where generating takes less time than importing diffusers, one job makes these rows.
    use rule generate_row as generate_plain_rows with:
        output:
            generated=expand(GENERATED, variant=PLAIN_ROWS, allow_missing=True),
        log:
            "logs/{scale}/personalization/generate_plain_rows.log",
        benchmark:
            "logs/{scale}/personalization/generate_plain_rows.benchmark.tsv"
        wildcard_constraints:
            scale=SCALE,
        message:
            "Generate the images of all rows of the plain adapter."

    ruleorder: generate_plain_rows > generate_row


rule extract_features:
    input:
        photos=test_photos,
        generated=generated_rows,
        face_network="results/{scale}/personalization/models/face_network.safetensors",
        inception=inception,
    output:
        features="results/{scale}/personalization/raw/features.safetensors",
    log:
        "logs/{scale}/personalization/extract_features.log",
    benchmark:
        "logs/{scale}/personalization/extract_features.benchmark.tsv"
    priority: 1
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(24000),
        runtime=240,
    params:
        extractor=lookup(
            dpath="scales/{scale}/personalization/extractor", within=config
        ),
        torch_threads=TORCH_THREADS,
        code=code_hash("personalization.extract"),
    message:
        "Show real and generated photos to the networks that score them."
    shell:
        "triptych personalization extract --photos {input.photos} --generated {input.generated}"
        " --face-network {input.face_network} --inception {input.inception}"
        " --features {output.features} --extractor {params.extractor}"
        " --threads {params.torch_threads} 2> {log}"
