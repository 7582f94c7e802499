"""Raw data and prepared data.

INPUTS   nothing: the registry (src/triptych/data/registry.yaml) names the files
         and data/own: photos of the user's own
OUTPUTS  data/raw/ENTRY/MANIFEST.sha256, with the verified files next to it
         data/prepared/SCALE/DATASET/{train,val,test}.safetensors
         data/prepared/SCALE/DATASET/{corpus,train,test}.safetensors: faces
"""

from triptych.data import files
from triptych.data.sources import check_sources

# A data set is prepared by the parameters of the panel that uses it.
digit_parameters = Lookups(PARAMETERS, "adversarial", seeds="data")
scene_parameters = Lookups(PARAMETERS, "segmentation", seeds="data")
face_parameters = Lookups(PARAMETERS, "personalization", seeds="data")


wildcard_constraints:
    dataset="|".join(files.SCENE_DATASETS),
    drawn="|".join(files.DRAWN_SCENES),
    camvid="|".join(files.CAMVID_SETS),


rule fetch:
    output:
        manifest="data/raw/{entry}/MANIFEST.sha256",
    log:
        "logs/data/fetch/{entry}.log",
    benchmark:
        "logs/data/fetch/{entry}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=60,
    message:
        "Fetch and verify {wildcards.entry}."
    shell:
        "triptych fetch {wildcards.entry} 2> {log}"


rule prepare_digits:
    output:
        train="data/prepared/{scale}/digits/train.safetensors",
        test="data/prepared/{scale}/digits/test.safetensors",
    log:
        "logs/{scale}/data/prepare_digits.log",
    benchmark:
        "logs/{scale}/data/prepare_digits.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        test_images=digit_parameters.value("attack.test_images"),
        seed=digit_parameters.seed("{scale}", "digits"),
        code=code_hash("data.digits"),
    message:
        "Scale scikit-learn's handwritten digits to 28x28 pixels and split them."
    shell:
        command("data.digits")


rule prepare_mnist:
    input:
        manifest="data/raw/mnist/MANIFEST.sha256",
    output:
        train="data/prepared/{scale}/mnist/train.safetensors",
        test="data/prepared/{scale}/mnist/test.safetensors",
    log:
        "logs/{scale}/data/prepare_mnist.log",
    benchmark:
        "logs/{scale}/data/prepare_mnist.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=code_hash("data.mnist"),
    message:
        "Read MNIST from its raw files."
    shell:
        command("data.mnist")


rule prepare_drawn_scenes:
    output:
        train_set="data/prepared/{scale}/{drawn}/train.safetensors",
        val_set="data/prepared/{scale}/{drawn}/val.safetensors",
        test_set="data/prepared/{scale}/{drawn}/test.safetensors",
    log:
        "logs/{scale}/data/prepare_drawn_scenes/{drawn}.log",
    benchmark:
        "logs/{scale}/data/prepare_drawn_scenes/{drawn}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        dataset="{drawn}",
        drawn=scene_parameters.call(files.drawn_options),
        seed=scene_parameters.seed("{scale}", "{drawn}"),
        code=code_hash("data.drawn_scenes"),
    message:
        "Draw the scenes of {wildcards.drawn}."
    shell:
        command("data.drawn_scenes")


rule prepare_camvid:
    input:
        manifest="data/raw/{camvid}/MANIFEST.sha256",
    output:
        train="data/prepared/{scale}/{camvid}/train.safetensors",
        val="data/prepared/{scale}/{camvid}/val.safetensors",
        test="data/prepared/{scale}/{camvid}/test.safetensors",
    log:
        "logs/{scale}/data/prepare_camvid/{camvid}.log",
    benchmark:
        "logs/{scale}/data/prepare_camvid/{camvid}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        dataset="{camvid}",
        code=code_hash("data.camvid"),
    message:
        "Read {wildcards.camvid} from its archive."
    shell:
        command("data.camvid")


rule prepare_cityscapes:
    input:
        manifest="data/raw/cityscapes/MANIFEST.sha256",
    output:
        train="data/prepared/{scale}/cityscapes/train.safetensors",
        val="data/prepared/{scale}/cityscapes/val.safetensors",
    log:
        "logs/{scale}/data/prepare_cityscapes.log",
    benchmark:
        "logs/{scale}/data/prepare_cityscapes.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=120,
    params:
        code=code_hash("data.cityscapes"),
    message:
        "Read Cityscapes from its two archives."
    shell:
        command("data.cityscapes")


rule prepare_voc:
    input:
        voc_manifest="data/raw/voc2012/MANIFEST.sha256",
        sbd_manifest="data/raw/sbd/MANIFEST.sha256",
    output:
        train="data/prepared/{scale}/voc/train.safetensors",
        val="data/prepared/{scale}/voc/val.safetensors",
    log:
        "logs/{scale}/data/prepare_voc.log",
    benchmark:
        "logs/{scale}/data/prepare_voc.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        code=code_hash("data.voc"),
    message:
        "Read VOC 2012 and SBD from their archives."
    shell:
        command("data.voc")


rule prepare_drawn_faces:
    output:
        corpus_set="data/prepared/{scale}/drawn_faces/corpus.safetensors",
        train_set="data/prepared/{scale}/drawn_faces/train.safetensors",
        test_set="data/prepared/{scale}/drawn_faces/test.safetensors",
    log:
        "logs/{scale}/data/prepare_drawn_faces.log",
    benchmark:
        "logs/{scale}/data/prepare_drawn_faces.benchmark.tsv"
    priority: 2
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        faces=face_parameters.options("faces"),
        seed=face_parameters.seed("{scale}", "drawn_faces"),
        code=code_hash("data.drawn_faces"),
    message:
        "Draw faces."
    shell:
        command("data.drawn_faces")


rule prepare_lfw:
    input:
        manifest="data/raw/lfw/MANIFEST.sha256",
    output:
        train="data/prepared/{scale}/lfw/train.safetensors",
        test="data/prepared/{scale}/lfw/test.safetensors",
    log:
        "logs/{scale}/data/prepare_lfw.log",
    benchmark:
        "logs/{scale}/data/prepare_lfw.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        faces=face_parameters.options("faces"),
        seed=face_parameters.seed("{scale}", "lfw"),
        code=code_hash("data.lfw"),
    message:
        "Read Labeled Faces in the Wild from its archive."
    shell:
        command("data.lfw")


rule prepare_folder:
    input:
        manifest="data/own/{scale}/photos/MANIFEST.sha256",
    output:
        train="data/prepared/{scale}/folder/train.safetensors",
        test="data/prepared/{scale}/folder/test.safetensors",
    log:
        "logs/{scale}/data/prepare_folder.log",
    benchmark:
        "logs/{scale}/data/prepare_folder.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        faces=face_parameters.options("faces"),
        seed=face_parameters.seed("{scale}", "folder"),
        code=code_hash("data.folder"),
    message:
        "Prepare the photos of a folder."
    shell:
        command("data.folder")


rule data:
    input:
        files.prepared_files(PARAMETERS.active, SCALE),
    message:
        "The data of scale {SCALE} is prepared."
