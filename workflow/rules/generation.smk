"""Panel 3: from models to generated images and their features.

INPUTS   results/SCALE/personalization/: captions.csv, models; the prepared photos
OUTPUTS  results/SCALE/personalization/raw/: the images of each row of the table, features
"""

GENERATED = "results/{scale}/personalization/raw/{row}.safetensors"
# The rows that one job makes; none where each row has its own job.
JOINT_ROWS = files.joint_rows(PARAMETERS.active.personalization)


rule generate_class_images:
    input:
        base=personalization.call(files.base_model),
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
        dreambooth=personalization.options("dreambooth", "dreambooth"),
        sampling=personalization.options("sampling", "sampling"),
        resolution=personalization.value("resolution"),
        seed=personalization.seed("{scale}", "class_images"),
        threads=TORCH_THREADS,
        code=code_hash("personalization.class_images"),
    message:
        "Generate the images of DreamBooth's prior."
    shell:
        command("personalization.class_images")


rule fine_tune_persons:
    input:
        photos=personalization.call(files.test_photos),
        captions="results/{scale}/personalization/captions.csv",
        base=personalization.call(files.base_model),
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
        dreambooth=personalization.options("dreambooth", "dreambooth"),
        snr_gamma=personalization.optional("snr_gamma"),
        sampling=personalization.options("sampling", "sampling"),
        job="{job}",
        references=personalization.value("references"),
        resolution=personalization.value("resolution"),
        division_seed=personalization.seed("{scale}", "division"),
        seed=personalization.seed("{scale}", "generation"),
        training_seed=personalization.seed("{scale}", "dreambooth"),
        threads=TORCH_THREADS,
        code=code_hash("personalization.dreambooth"),
    message:
        "Fine-tune the base model for the persons of job {wildcards.job}, and generate."
    shell:
        command("personalization.dreambooth")


rule train_loras:
    input:
        photos=personalization.call(files.test_photos),
        captions="results/{scale}/personalization/captions.csv",
        base=personalization.call(files.base_model),
        class_images="results/{scale}/personalization/raw/class_images.safetensors",
    output:
        loras="results/{scale}/personalization/models/dreambooth_lora/{job}/MANIFEST.sha256",
        generated="results/{scale}/personalization/raw/dreambooth_lora_{job}.safetensors",
    log:
        "logs/{scale}/personalization/train_loras/{job}.log",
    benchmark:
        "logs/{scale}/personalization/train_loras/{job}.benchmark.tsv"
    priority: 1
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(32000),
        runtime=2880,
    params:
        dreambooth=personalization.options("dreambooth", "dreambooth"),
        lora=personalization.options("dreambooth_lora", "lora"),
        snr_gamma=personalization.optional("snr_gamma"),
        sampling=personalization.options("sampling", "sampling"),
        job="{job}",
        references=personalization.value("references"),
        resolution=personalization.value("resolution"),
        division_seed=personalization.seed("{scale}", "division"),
        seed=personalization.seed("{scale}", "generation"),
        training_seed=personalization.seed("{scale}", "dreambooth"),
        threads=TORCH_THREADS,
        code=code_hash("personalization.dreambooth_lora"),
    message:
        "Train LoRAs for the persons of job {wildcards.job}, and generate."
    shell:
        command("personalization.dreambooth_lora")


rule join_persons:
    input:
        shares=personalization.call(files.tuned_shares),
    output:
        generated="results/{scale}/personalization/raw/{tuned}.safetensors",
    log:
        "logs/{scale}/personalization/join_persons/{tuned}.log",
    benchmark:
        "logs/{scale}/personalization/join_persons/{tuned}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(16000),
        runtime=30,
    params:
        code=code_hash("personalization.join"),
    message:
        "Join the images of all jobs of {wildcards.tuned}."
    shell:
        command("personalization.join")


rule generate_row:
    input:
        photos=personalization.call(files.test_photos),
        captions="results/{scale}/personalization/captions.csv",
        base=personalization.call(files.base_model),
        adapter=personalization.call(files.row_adapter),
    output:
        generated=GENERATED,
    log:
        "logs/{scale}/personalization/generate_row/{row}.log",
    benchmark:
        "logs/{scale}/personalization/generate_row/{row}.benchmark.tsv"
    priority: 1
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(16000),
        runtime=480,
    params:
        rows=personalization.call(files.job_rows),
        sampling=personalization.call(files.row_sampling),
        references=personalization.value("references"),
        resolution=personalization.value("resolution"),
        division_seed=personalization.seed("{scale}", "division"),
        seed=personalization.seed("{scale}", "generation"),
        threads=TORCH_THREADS,
        code=code_hash("personalization.generate"),
    message:
        "Generate the images of {wildcards.row}."
    shell:
        command("personalization.generate")


if JOINT_ROWS:

    # Importing diffusers can take longer than generating a row: then one job makes these rows.
    use rule generate_row as generate_plain_rows with:
        output:
            generated=expand(GENERATED, row=JOINT_ROWS, allow_missing=True),
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
        photos=personalization.call(files.test_photos),
        captions="results/{scale}/personalization/captions.csv",
        generated=personalization.call(files.generated_rows),
        extractor_weights=personalization.call(judges.extractor_weights),
        identity_weights=personalization.call(judges.identity_weights),
        training_photos=personalization.call(judges.centering_photos),
        base=personalization.call(files.base_model),
        clip=personalization.call(files.clip),
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
        extractor=personalization.value("extractor"),
        identity=personalization.value("identity"),
        alignment=personalization.call(judges.face_alignment),
        crop=personalization.value("faces.crop"),
        provider=personalization.value("captions.provider"),
        threads=TORCH_THREADS,
        code=code_hash("personalization.extract"),
    message:
        "Compute the features of real and generated photos."
    shell:
        command("personalization.extract")


rule classify_photos:
    input:
        photos=personalization.call(files.test_photos),
        manifest="data/raw/lfw/MANIFEST.sha256",
        weights=judges.classifiers(),
    output:
        scores=shown("results/{scale}/personalization/equation5.csv", "beyond"),
    log:
        "logs/{scale}/personalization/classify_photos.log",
    benchmark:
        "logs/{scale}/personalization/classify_photos.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=120,
    params:
        threads=TORCH_THREADS,
        code=code_hash("personalization.classify_photos"),
    message:
        "Score the classes of real photos by three networks, for Equation 5."
    shell:
        command("personalization.classify_photos")
