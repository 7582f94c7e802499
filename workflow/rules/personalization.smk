"""Panel 3: from photos of persons to captions and trained models.

INPUTS   data/prepared/SCALE/DATASET/{corpus,train,test}.safetensors, data/raw/ at scale paper
OUTPUTS  results/SCALE/personalization/: captions.csv, models

The longest chain of a run leads from the drawn faces through these trainings to the generated
images: its rules have a priority, so that nothing else keeps them waiting.
"""


include: "../functions/personalization.smk"
include: "personalization_artifacts.smk"
include: "weights.smk"
include: "generation.smk"


rule caption_photos:
    input:
        photos=all_photos,
        model=captioner,
    output:
        captions=shown("results/{scale}/personalization/captions.csv", "beyond"),
    log:
        "logs/{scale}/personalization/caption_photos.log",
    benchmark:
        "logs/{scale}/personalization/caption_photos.benchmark.tsv"
    priority: 2
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(24000),
        runtime=480,
    params:
        options=caption_options,
        torch_threads=TORCH_THREADS,
        code=code_hash("personalization.caption"),
    message:
        "Describe the photos of all persons in words."
    shell:
        "triptych personalization caption --photos {input.photos} --model {input.model}"
        " --captions {output.captions} {params.options}"
        " --threads {params.torch_threads} 2> {log}"


rule train_encoders:
    input:
        photos=base_photos,
        captions="results/{scale}/personalization/captions.csv",
    output:
        encoders="results/{scale}/personalization/models/encoders/MANIFEST.sha256",
        history="results/{scale}/personalization/models/encoders.history.csv",
    log:
        "logs/{scale}/personalization/train_encoders.log",
    benchmark:
        "logs/{scale}/personalization/train_encoders.benchmark.tsv"
    priority: 2
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=2880,
    params:
        recipe=encoders_options,
        prompts=tokenizer_prompts,
        seed=encoders_seed,
        torch_threads=TORCH_THREADS,
        code=code_hash("personalization.train_encoders"),
    message:
        "Train a small stand-in for CLIP."
    shell:
        "triptych personalization train-encoders --photos {input.photos} --captions {input.captions}"
        " --encoders {output.encoders} --history {output.history}"
        " {params.recipe} --prompts {params.prompts:q}"
        " --seed {params.seed} --threads {params.torch_threads} 2> {log}"


rule train_autoencoder:
    input:
        photos=base_photos,
    output:
        autoencoder="results/{scale}/personalization/models/autoencoder/MANIFEST.sha256",
        history="results/{scale}/personalization/models/autoencoder.history.csv",
    log:
        "logs/{scale}/personalization/train_autoencoder.log",
    benchmark:
        "logs/{scale}/personalization/train_autoencoder.benchmark.tsv"
    priority: 2
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=2880,
    params:
        recipe=autoencoder_options,
        resolution=lookup(
            dpath="scales/{scale}/personalization/resolution", within=config
        ),
        seed=autoencoder_seed,
        torch_threads=TORCH_THREADS,
        code=code_hash("personalization.train_autoencoder"),
    message:
        "Train a small variational autoencoder."
    shell:
        "triptych personalization train-autoencoder --photos {input.photos}"
        " --autoencoder {output.autoencoder} --history {output.history}"
        " {params.recipe} --resolution {params.resolution}"
        " --seed {params.seed} --threads {params.torch_threads} 2> {log}"


rule train_face_network:
    input:
        photos=base_photos,
        released=released_weights,
    output:
        network="results/{scale}/personalization/models/face_network.safetensors",
        history="results/{scale}/personalization/models/face_network.history.csv",
    log:
        "logs/{scale}/personalization/train_face_network.log",
    benchmark:
        "logs/{scale}/personalization/train_face_network.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=2880,
    params:
        recipe=face_network_options,
        seed=face_network_seed,
        torch_threads=TORCH_THREADS,
        code=code_hash("personalization.train_face_network"),
    message:
        "Train the network that measures identity."
    shell:
        "triptych personalization train-face-network --photos {input.photos}"
        " --network {output.network} --history {output.history}"
        " {params.recipe}"
        " --seed {params.seed} --threads {params.torch_threads} 2> {log}"


rule train_denoiser:
    input:
        photos=base_photos,
        captions="results/{scale}/personalization/captions.csv",
        encoders="results/{scale}/personalization/models/encoders/MANIFEST.sha256",
        autoencoder="results/{scale}/personalization/models/autoencoder/MANIFEST.sha256",
    output:
        base="results/{scale}/personalization/models/base/MANIFEST.sha256",
        history="results/{scale}/personalization/models/base.history.csv",
    log:
        "logs/{scale}/personalization/train_denoiser.log",
    benchmark:
        "logs/{scale}/personalization/train_denoiser.benchmark.tsv"
    priority: 2
    conda:
        "../../environment.yml"
    threads: denoising_threads
    resources:
        gpu=lookup(dpath="scales/{scale}/personalization/processes", within=config),
        mem_mb=denoiser_memory,
        runtime=2880,
    params:
        recipe=denoiser_options,
        noise=noise_options,
        resolution=lookup(
            dpath="scales/{scale}/personalization/resolution", within=config
        ),
        processes=lookup(
            dpath="scales/{scale}/personalization/processes", within=config
        ),
        seed=denoiser_seed,
        torch_threads=TORCH_THREADS,
        code=code_hash("personalization.train_denoiser"),
    message:
        "Train the UNet and join the base model."
    shell:
        "triptych personalization train-denoiser --photos {input.photos} --captions {input.captions}"
        " --encoders {input.encoders} --autoencoder {input.autoencoder}"
        " --base {output.base} --history {output.history}"
        " {params.recipe} {params.noise} --resolution {params.resolution} --processes {params.processes}"
        " --seed {params.seed} --threads {params.torch_threads} 2> {log}"


rule train_adapter:
    input:
        photos=adapter_photos,
        captions="results/{scale}/personalization/captions.csv",
        base=base_model,
        start=starting_adapter,
    output:
        adapter="results/{scale}/personalization/models/{adapter}/MANIFEST.sha256",
        history="results/{scale}/personalization/models/{adapter}.history.csv",
    log:
        "logs/{scale}/personalization/train_adapter/{adapter}.log",
    benchmark:
        "logs/{scale}/personalization/train_adapter/{adapter}.benchmark.tsv"
    priority: 2
    conda:
        "../../environment.yml"
    threads: denoising_threads
    resources:
        gpu=lookup(dpath="scales/{scale}/personalization/processes", within=config),
        mem_mb=adapter_memory,
        runtime=2880,
    params:
        recipe=adapter_options,
        noise=noise_options,
        resolution=lookup(
            dpath="scales/{scale}/personalization/resolution", within=config
        ),
        processes=lookup(
            dpath="scales/{scale}/personalization/processes", within=config
        ),
        seed=adapter_seed,
        torch_threads=TORCH_THREADS,
        code=code_hash("personalization.train_adapter"),
    message:
        "Train {wildcards.adapter}."
    shell:
        "triptych personalization train-adapter --photos {input.photos} --captions {input.captions}"
        " --base {input.base} --start {input.start}"
        " --adapter {output.adapter} --history {output.history}"
        " {params.recipe} {params.noise} --resolution {params.resolution} --processes {params.processes}"
        " --seed {params.seed} --threads {params.torch_threads} 2> {log}"
