"""Panel 3: from photos of persons to captions and trained models.

INPUTS   data/prepared/SCALE/DATASET/{corpus,train,test}.safetensors, data/raw/ at scale paper
OUTPUTS  results/SCALE/personalization/: captions.csv, models

The longest chain of jobs leads from the drawn faces through these trainings to the generated
images. Its rules have a priority, so that other jobs do not delay it.
"""

from triptych.personalization import files
from triptych.personalization.judges import files as judges
from triptych.personalization.methods import ADAPTERS, ROW_PATTERN

personalization = Lookups(PARAMETERS, "personalization")


wildcard_constraints:
    adapter="|".join(ADAPTERS),
    row=ROW_PATTERN,
    training=r"\d+",
    tuned="dreambooth(_lora)?",
    job=r"\d+",
    setting="references|scale|guidance",
    model=rf"base|({'|'.join(ADAPTERS)})/\d+",


include: "personalization_artifacts.smk"
include: "personalization_figures.smk"
include: "weights.smk"
include: "generation.smk"


rule caption_photos:
    input:
        photos=personalization.call(files.all_photos),
        model=personalization.call(files.captioner),
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
        parameters=personalization.options("captions"),
        seed=personalization.seed("{scale}", "captions"),
        threads=TORCH_THREADS,
        code=code_hash("personalization.caption"),
    message:
        "Describe the photos of all persons in words."
    shell:
        command("personalization.caption")


rule train_encoders:
    input:
        photos=personalization.call(files.base_photos),
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
        parameters=personalization.options("base.encoders"),
        prompts=personalization.call(files.tokenizer_prompts),
        seed=personalization.seed("{scale}", "encoders"),
        threads=TORCH_THREADS,
        code=code_hash("personalization.train_encoders"),
    message:
        "Train a small stand-in for CLIP."
    shell:
        command("personalization.train_encoders")


rule train_autoencoder:
    input:
        photos=personalization.call(files.base_photos),
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
        parameters=personalization.options("base.autoencoder"),
        resolution=personalization.value("resolution"),
        seed=personalization.seed("{scale}", "autoencoder"),
        threads=TORCH_THREADS,
        code=code_hash("personalization.train_autoencoder"),
    message:
        "Train a small variational autoencoder."
    shell:
        command("personalization.train_autoencoder")


rule train_face_network:
    input:
        photos=personalization.call(files.base_photos),
        released=personalization.call(files.released_weights),
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
        parameters=personalization.options("face_network"),
        seed=personalization.seed("{scale}", "face_network"),
        threads=TORCH_THREADS,
        code=code_hash("personalization.train_face_network"),
    message:
        "Train the network that measures identity."
    shell:
        command("personalization.train_face_network")


rule train_denoiser:
    input:
        photos=personalization.call(files.base_photos),
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
    threads: personalization.times("processes", TORCH_THREADS)
    resources:
        gpu=personalization.value("processes"),
        mem_mb=personalization.times("processes", memory(16000)),
        runtime=2880,
    params:
        parameters=personalization.options("base.denoiser"),
        snr_gamma=personalization.optional("snr_gamma"),
        resolution=personalization.value("resolution"),
        processes=personalization.value("processes"),
        seed=personalization.seed("{scale}", "denoiser"),
        threads=TORCH_THREADS,
        code=code_hash("personalization.train_denoiser"),
    message:
        "Train the UNet and join the base model."
    shell:
        command("personalization.train_denoiser")


rule train_adapter:
    input:
        photos=personalization.call(files.adapter_photos),
        captions="results/{scale}/personalization/captions.csv",
        base=personalization.call(files.base_model),
        start=personalization.call(files.starting_adapter),
        face_network=personalization.call(files.adapter_face_network),
    output:
        adapter="results/{scale}/personalization/models/{adapter}/{training}/MANIFEST.sha256",
        history="results/{scale}/personalization/models/{adapter}/{training}.history.csv",
    log:
        "logs/{scale}/personalization/train_adapter/{adapter}/{training}.log",
    benchmark:
        "logs/{scale}/personalization/train_adapter/{adapter}/{training}.benchmark.tsv"
    priority: 2
    conda:
        "../../environment.yml"
    threads: personalization.times("processes", TORCH_THREADS)
    resources:
        gpu=personalization.value("processes"),
        mem_mb=personalization.times("processes", memory(24000)),
        runtime=2880,
    params:
        training=personalization.call(files.adapter_training),
        dropout=personalization.options("condition_dropout", "dropout"),
        set_attention=personalization.call(files.adapter_set_attention),
        references=personalization.call(files.adapter_references),
        snr_gamma=personalization.optional("snr_gamma"),
        resolution=personalization.value("resolution"),
        processes=personalization.value("processes"),
        seed=personalization.seed(
            "{scale}", personalization.call(files.adapter_stage), "{training}"
        ),
        threads=TORCH_THREADS,
        code=code_hash("personalization.train_adapter"),
    message:
        "Train {wildcards.adapter}, training {wildcards.training}."
    shell:
        command("personalization.train_adapter")


rule write_model_card:
    input:
        manifest="results/{scale}/personalization/models/{model}/MANIFEST.sha256",
        scores="results/{scale}/personalization/table1.csv",
    output:
        card="results/{scale}/personalization/models/{model}/README.md",
    log:
        "logs/{scale}/personalization/write_model_card/{model}.log",
    benchmark:
        "logs/{scale}/personalization/write_model_card/{model}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        name="{model}",
        scale="{scale}",
        dataset=personalization.value("faces.dataset"),
        resolution=personalization.value("resolution"),
        code=code_hash("personalization.model_card"),
    message:
        "Write the card of the model {wildcards.model}."
    shell:
        command("personalization.model_card")
